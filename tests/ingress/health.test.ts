// What ingress says of itself, who may look, and what happens when its connection to Slack goes wrong.
import { connectRedis } from '@runnel/shared/redis';
import { freshRedisUrl, startRedisServer } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ADA, allAcknowledged, openInbox, openStandIn, startIngress, type Ingress } from './start-ingress.ts';

async function readiness({ url }: Ingress): Promise<unknown> {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, ...((await answer.json()) as object) };
}

test('it is ready with a socket and a primary, and otherwise names what is missing', async () => {
  const standIn = await openStandIn();
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  standIn.faults.always('apps.connections.open', { kind: 'refused-before' });
  const ingress = await startIngress({ standIn, redisUrl: redis.url, until: 'listening' });
  expect(await readiness(ingress)).toEqual({ status: 503, ready: false, notReady: { slackSocket: 'not connected' } });
  standIn.faults.clear();
  await expect.poll(() => readiness(ingress)).toEqual({ status: 200, ready: true, notReady: {} });

  const admin = connectRedis(redis.url, 'commands', () => undefined);
  onTestFinished(() => admin.disconnect());
  await admin.call('REPLICAOF', '127.0.0.1', '1');
  expect(await readiness(ingress)).toMatchObject({ status: 503, notReady: { redis: 'is a slave, not the primary' } });
  await admin.call('REPLICAOF', 'NO', 'ONE');
  expect(await readiness(ingress)).toMatchObject({ status: 200 });
  await redis.kill();
  await expect
    .poll(() => readiness(ingress))
    .toMatchObject({ status: 503, notReady: { redis: expect.stringContaining('does not answer') } });
  expect((await fetch(`${ingress.url}/healthz`)).status).toBe(200);
});

test('a call to Slack that fails at the start is made again', async () => {
  const [standIn, redisUrl] = [await openStandIn(), await freshRedisUrl()];
  standIn.faults.next('auth.test', { kind: 'refused-before' }, 2);
  await startIngress({ standIn, redisUrl });
  expect(standIn.record.calls('auth.test')).toHaveLength(3);
});

test('a connection that Slack takes and leaves without a word is given up for another one', async () => {
  const [standIn, redisUrl] = [await openStandIn(), await freshRedisUrl()];
  standIn.sockets.leaveUnanswered();
  // Left alone, the silent one would be what ends the process after its patience of a minute.
  const ingress = await startIngress({ standIn, redisUrl, settings: { CALL_TIMEOUT: '2s' } });
  const faults = ingress.log().filter((line) => line.msg === 'slack socket not opened');
  expect(JSON.stringify(faults)).toContain('said nothing on a new connection');
});

test('one that hangs answers nobody, and so it is seen', async () => {
  const [standIn, redisUrl] = [await openStandIn(), await freshRedisUrl()];
  const ingress = await startIngress({ standIn, redisUrl });
  expect((await fetch(`${ingress.url}/healthz`)).status).toBe(200);
  ingress.kill('SIGSTOP');
  await expect(fetch(`${ingress.url}/healthz`, { signal: AbortSignal.timeout(2_000) })).rejects.toThrow(/timeout/i);
  ingress.kill('SIGCONT');
  expect((await fetch(`${ingress.url}/healthz`)).status).toBe(200);
});

test('a refresh leaves no moment without a socket, and nothing comes twice', async () => {
  const [standIn, redisUrl] = [await openStandIn(1), await freshRedisUrl()];
  const ingress = await startIngress({ standIn, redisUrl });
  const counts = new Set<number>();
  const watch = setInterval(() => counts.add(standIn.sockets.count()), 1);
  onTestFinished(() => clearInterval(watch));
  standIn.sockets.refresh();
  await expect.poll(() => ingress.log().filter((line) => line.msg === 'slack socket open').length).toBe(2);
  await expect.poll(() => standIn.sockets.count()).toBe(1);
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  await expect.poll(() => allAcknowledged(standIn)).toBe(true);
  expect(counts).toEqual(new Set([1, 2]));
  expect(standIn.record.deliveries()).toHaveLength(1);
});

test('a payload without an inner event, none at all, a broken one and a strange one are acknowledged and end nothing', async () => {
  const [standIn, redisUrl] = [await openStandIn(1), await freshRedisUrl()];
  const ingress = await startIngress({ standIn, redisUrl });
  const limited = {
    type: 'app_rate_limited',
    team_id: 'T0LOCAL',
    minute_rate_limited: 1_766_458_020,
    api_app_id: 'A0RUNNEL',
  };
  standIn.sockets.send({ envelope_id: 'limited', type: 'events_api', payload: limited });
  standIn.sockets.send({ envelope_id: 'empty', type: 'events_api' });
  standIn.sockets.send({
    envelope_id: 'odd',
    type: 'events_api',
    payload: { type: 'event_callback', event: { type: 'message', user: 7 } },
  });
  standIn.sockets.send({ type: 'unheard_of' });
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  await expect.poll(() => allAcknowledged(standIn)).toBe(true);
  // What it wrote reaches us a moment later.
  const ignored = () => ingress.log().filter((line) => line.msg === 'slack event ignored');
  const reasons = (): string[] => ignored().map((line) => String(line['reason']));
  await expect.poll(() => reasons().toSorted()).toEqual(['other_payload', 'unreadable', 'unreadable']);
  expect(standIn.record.acknowledgements()).toEqual(expect.arrayContaining(['limited', 'empty', 'odd']));
  expect(await openInbox(redisUrl)(ADA.key)).toHaveLength(1);
});

test('a message in an envelope with an odd counter of retries is taken', async () => {
  const [standIn, redisUrl] = [await openStandIn(1), await freshRedisUrl()];
  await startIngress({ standIn, redisUrl });
  const event = {
    type: 'message',
    channel: ADA.dm,
    channel_type: 'im',
    ts: '1.0',
    event_ts: '1.0',
    user: ADA.id,
    text: 'hi',
  };
  const payload = { type: 'event_callback', team_id: 'T0LOCAL', event_id: 'Ev1', event };
  standIn.sockets.send({ envelope_id: 'odd', type: 'events_api', retry_attempt: 'once', payload });
  await expect.poll(() => standIn.record.acknowledgements()).toEqual(['odd']);
  expect(await openInbox(redisUrl)(ADA.key)).toHaveLength(1);
});

test('an acknowledgement that the socket no longer carries is the redelivery path, not the end', async () => {
  const [standIn, redisUrl] = [await openStandIn(), await freshRedisUrl()];
  const ingress = await startIngress({ standIn, redisUrl });
  const admin = connectRedis(redisUrl, 'commands', () => undefined);
  onTestFinished(() => admin.disconnect());
  await admin.call('CLIENT', 'PAUSE', '400', 'WRITE');
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  await expect.poll(() => standIn.record.deliveries().length).toBeGreaterThanOrEqual(1);
  standIn.sockets.cut();
  await expect.poll(() => ingress.log().some((line) => line.msg === 'slack envelope not acknowledged')).toBe(true);
  await expect.poll(() => allAcknowledged(standIn)).toBe(true);
  expect(await openInbox(redisUrl)(ADA.key)).toHaveLength(1);
});

test('a token revoked while it runs: no socket for its patience, a sentence, a failure', async () => {
  const [standIn, redisUrl] = [await openStandIn(), await freshRedisUrl()];
  const ingress = await startIngress({ standIn, redisUrl, settings: { SLACK_SOCKET_TIMEOUT: '1500ms' } });
  standIn.faults.always('apps.connections.open', { kind: 'error', error: 'invalid_auth' });
  standIn.sockets.cut();
  await expect
    .poll(() => readiness(ingress))
    .toMatchObject({ status: 503, notReady: { slackSocket: 'not connected' } });
  expect(await ingress.exited).toBe(69);
  expect(ingress.stderr()).toMatch(
    /^\[slack_auth\] No socket to Slack for 1500 ms: Slack refuses SLACK_APP_TOKEN \(invalid_auth\).*\n$/,
  );
});

test('asked to end while it looks for a socket, it ends', async () => {
  const [standIn, redisUrl] = [await openStandIn(), await freshRedisUrl()];
  const ingress = await startIngress({ standIn, redisUrl });
  standIn.faults.always('apps.connections.open', { kind: 'refused-before' });
  standIn.sockets.cut();
  await expect.poll(() => readiness(ingress)).toMatchObject({ status: 503 });
  ingress.kill('SIGTERM');
  expect(await ingress.exited).toBe(0);
  expect(ingress.stderr()).toBe('');
});
