// Anything at all stands in an inbox: a real runner answers it, or sets it aside, and gets to what comes behind it.
import { anyPayload, checkProperty, hostileJsonText, hostileText, patience } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openRunnerStage, type RunnerStage } from '../runner/start-runner.ts';

/** Fields and values of one record of the stream. */
type Row = readonly string[];

const identity = fc.tuple(fc.uuid(), hostileText).map((parts) => parts.join(''));
const row: fc.Arbitrary<Row> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(identity, hostileJsonText(anyPayload)).map(([known, raw]) => ['i', known, 'p', raw]),
  },
  { weight: 1, arbitrary: fc.tuple(hostileText, identity) },
  { weight: 1, arbitrary: fc.tuple(identity, fc.array(hostileText, { minLength: 2, maxLength: 20 })).map(pairs) },
);

function pairs([known, texts]: [string, string[]]): Row {
  return ['i', known, ...texts.slice(texts.length % 2)];
}

test(
  'no entry blocks its inbox: what cannot be read is set aside, what comes behind it is answered',
  patience(),
  async () => {
    const stage = await openRunnerStage();
    const [inbox, dead] = [`{${stage.user}}:inbox`, `{${stage.user}}:dead`];
    const thread = await stage.say('the first');
    const runner = await stage.start({ AGENT_PROVIDER: 'scripted' });
    let ended: unknown;
    void runner.exited.then((code) => (ended = code));
    let said = 1;
    await checkProperty({ of: fc.array(row, { maxLength: 12 }), runs: 12, lasting: true }, async (rows) => {
      const before = await stage.redis.xlen(dead);
      for (const fields of rows) await stage.redis.xadd(inbox, '*', ...fields);
      await stage.say(`and number ${(said += 1)}`, thread);
      await stage.emptied();
      expect(ended).toBeUndefined();
      expect(stage.said(thread).at(-1)).toContain(`and number ${said}`);
      expect((await stage.redis.xlen(dead)) - before).toBe(await countUnreadable(stage, rows));
    });
    expect(stage.said(thread)).toHaveLength(said);
  },
);

/** In the inbox of somebody whom nobody serves. */
async function countUnreadable({ redis, delivery }: RunnerStage, rows: readonly Row[]): Promise<number> {
  for (const fields of rows) await redis.xadd('{T0:USHADOW}:inbox', '*', ...fields);
  const entries = await delivery.backlog('T0:USHADOW');
  await redis.del('{T0:USHADOW}:inbox');
  return entries.filter(({ payload }) => payload.type === 'unreadable').length;
}
