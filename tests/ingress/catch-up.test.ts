// What people wrote while no ingress listened and Slack had given up delivering it: read back from the history, once.
import { Workspace, type SlackStandIn } from '@runnel/dev';
import { connectRedis, redisKeys } from '@runnel/shared/redis';
import { freshRedisUrl } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import {
  ADA,
  allAcknowledged,
  BEN,
  BOT,
  openInbox,
  openStandIn,
  startIngress,
  whispersTo,
  type Ingress,
} from './start-ingress.ts';

const CHANNEL = 'C0GENERAL';
const soon = { interval: 20 };

async function openWorld(workspace?: Workspace) {
  const [standIn, redisUrl] = [await openStandIn(1, workspace), await freshRedisUrl()];
  const redis = connectRedis(redisUrl, 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  const inbox = openInbox(redisUrl);
  const start = (): Promise<Ingress> => startIngress({ standIn, redisUrl });
  const texts = async (user: Parameters<typeof inbox>[0]): Promise<string[]> =>
    (await inbox(user)).map(({ payload }) => (payload.type === 'prompt' ? payload.text : payload.type));
  return {
    standIn,
    workspace: standIn.workspace,
    start,
    texts,
    /** A life of an ingress in which `work` happens and is taken. */
    async listened(work: () => void): Promise<void> {
      const ingress = await start();
      work();
      await expect.poll(() => allAcknowledged(standIn), soon).toBe(true);
      await expect.poll(() => redis.exists(redisKeys.listening), soon).toBe(1);
      ingress.kill('SIGTERM');
      expect(await ingress.exited).toBe(0);
    },
    /** Nobody listens while `work` happens, and Slack gives up on it. */
    async missed(work: () => void): Promise<void> {
      work();
      standIn.giveUpDeliveries();
      // Long enough to be a gap, without waiting for it.
      await redis.set(redisKeys.listening, Number(await redis.get(redisKeys.listening)) - 10_000);
    },
  };
}

function said(ingress: Ingress, message: string): number {
  return ingress.log().filter((line) => line.msg === message).length;
}

function calls(standIn: SlackStandIn): string[] {
  const methods = ['conversations.history', 'conversations.replies'];
  return methods.flatMap((method) => standIn.record.calls(method).map(({ args }) => `${method} ${String(args['ts'])}`));
}

test('what was written while nobody listened is taken once and in order, by one of two that start together', async () => {
  const world = await openWorld();
  const { workspace, standIn } = world;
  const dm = { channel: ADA.dm };
  let [direct, mention, chatter] = ['', '', ''];
  await world.listened(() => {
    direct = workspace.postAs(ADA.id, { ...dm, text: 'one' }).ts;
    mention = workspace.postAs(ADA.id, { channel: CHANNEL, text: `<@${BOT}> two` }).ts;
    chatter = workspace.postAs(ADA.id, { channel: CHANNEL, text: 'nothing for the bot' }).ts;
  });
  await world.missed(() => {
    workspace.postAs(ADA.id, { ...dm, threadTs: direct, text: 'three' });
    const begun = workspace.postAs(ADA.id, { ...dm, text: 'four' }).ts;
    const draft = workspace.postAs(ADA.id, { channel: CHANNEL, threadTs: mention, text: 'draft' });
    workspace.post({ channel: CHANNEL, threadTs: mention, text: 'the bot itself' });
    workspace.postAs(BEN.id, { channel: CHANNEL, threadTs: mention, text: 'mine?' });
    workspace.postAs(ADA.id, { channel: CHANNEL, threadTs: mention, text: 'stop' });
    workspace.postAs(ADA.id, { channel: CHANNEL, threadTs: chatter, text: 'still nothing for the bot' });
    workspace.postAs(ADA.id, { ...dm, threadTs: begun, text: 'five' });
    workspace.editAs(ADA.id, { channel: CHANNEL, ts: draft.ts }, 'six');
    const withdrawn = workspace.postAs(ADA.id, { ...dm, threadTs: direct, text: 'never mind' });
    workspace.deleteAs(ADA.id, { ...dm, ts: withdrawn.ts });
  });
  const both = await Promise.all([world.start(), world.start()]);
  const count = (message: string): number => both.reduce((sum, ingress) => sum + said(ingress, message), 0);
  await expect.poll(() => count('caught up'), soon).toBe(1);
  expect(count('catching up')).toBe(1);
  expect((await world.texts(ADA.key)).toSorted()).toEqual(['five', 'four', 'one', 'six', 'stop', 'three', 'two']);
  const order = (await world.texts(ADA.key)).filter((text) => ['four', 'five', 'six', 'stop'].includes(text));
  expect(order.filter((text) => text === 'four' || text === 'five')).toEqual(['four', 'five']);
  expect(order.filter((text) => text === 'six' || text === 'stop')).toEqual(['six', 'stop']);
  expect(await world.texts(BEN.key)).toEqual([]);
  await expect.poll(() => whispersTo(standIn, BEN.id), soon).toEqual([expect.stringContaining(`<@${ADA.id}>`)]);
  expect(calls(standIn)).not.toContain(`conversations.replies ${chatter}`);
  // The person sees that it arrived, like any other.
  const working = () => workspace.sessions().filter((session) => session.status === 'processing');
  await expect.poll(() => working().map((session) => session.threadTs), soon).toContain(mention);
});

test('nothing from before the gap is taken, though it was never seen', async () => {
  const hourAgo = Math.floor(Date.now() / 1_000) - 3_600;
  const written = { channel: ADA.dm, user: ADA.id, reactions: [] };
  const root = { ...written, ts: `${hourAgo}.000100`, text: 'before there was a bot' };
  const reply = { ...written, ts: `${hourAgo}.000200`, threadTs: root.ts, text: 'and so was this' };
  const empty = new Workspace().save();
  const world = await openWorld(Workspace.restore({ ...empty, messages: [root, reply] }));
  const go = { channel: ADA.dm, threadTs: root.ts };
  await world.listened(() => void world.workspace.postAs(ADA.id, { ...go, text: 'now you' }));
  await world.missed(() => void world.workspace.postAs(ADA.id, { ...go, text: 'missed' }));
  const ingress = await world.start();
  await expect.poll(() => said(ingress, 'caught up'), soon).toBe(1);
  expect(await world.texts(ADA.key)).toEqual(['now you', 'missed']);
});

test('a history that Slack does not give keeps no live message out, and is read by the next one', async () => {
  const world = await openWorld();
  const { workspace, standIn } = world;
  let thread = '';
  await world.listened(() => {
    thread = workspace.postAs(ADA.id, { channel: ADA.dm, text: 'one' }).ts;
  });
  await world.missed(() => {
    workspace.postAs(ADA.id, { channel: ADA.dm, threadTs: thread, text: 'missed' });
  });
  standIn.faults.always('conversations.history', { kind: 'ratelimited', retryAfter: 30 });
  const ingress = await world.start();
  await expect.poll(() => calls(standIn).length, soon).toBe(1);
  workspace.postAs(ADA.id, { channel: ADA.dm, text: 'live' });
  await expect.poll(() => world.texts(ADA.key), soon).toEqual(['one', 'live']);
  expect(said(ingress, 'caught up')).toBe(0);
  ingress.kill('SIGTERM');
  expect(await ingress.exited).toBe(0);

  standIn.faults.clear();
  const next = await world.start();
  await expect.poll(() => said(next, 'caught up'), soon).toBe(1);
  expect(await world.texts(ADA.key)).toEqual(['one', 'live', 'missed']);
});

test('while one listens there is nothing to read back, whoever comes and goes', async () => {
  const world = await openWorld();
  const first = await world.start();
  const { ts } = world.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'one' });
  const second = await world.start();
  second.kill('SIGKILL');
  await second.exited;
  const third = await world.start();
  world.workspace.postAs(ADA.id, { channel: ADA.dm, threadTs: ts, text: 'two' });
  await expect.poll(() => world.texts(ADA.key), soon).toEqual(['one', 'two']);
  expect(said(first, 'catching up') + said(third, 'catching up')).toBe(0);
  expect(calls(world.standIn)).toEqual([]);
});
