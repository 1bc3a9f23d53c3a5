// What an agent asked before its runner slept, told once for every agent: the decision holds in the turn that goes on, however the model
// puts what it asks for again.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveFiles } from '@runnel/runner/serving';
import { emptied, runnerWorld, until, type AgentProvider, type RunnerWorld } from '@runnel/runner/testing';
import { describe, expect, test } from 'vitest';
import type { AgentUnderTest } from './describe-agent-faults.ts';
import { startScriptedModel } from './scripted-model.ts';

/** Nobody takes it for an edit. */
const COMMAND = `sh -c 'echo ran >> ran'`;

export function describeAgentAsks({ name, on, runSaying }: AgentUnderTest): void {
  describe(`${name}, and what it asked before its runner slept`, () => {
    test('allowed once it is run once; the next time it is asked about', async () => {
      const { world, provider } = await parked({ on, runSaying }, 2);
      await world.decide('allow');
      await world.start(provider, asking);
      await until(() => expect(cards(world)).toHaveLength(2));
      expect(await ran(world)).toBe(1);
      await world.decide('deny');
      await emptied(world);
      expect(await ran(world)).toBe(1);
      expect(finals(world)).toEqual([expect.stringMatching(/^Done\./)]);
    });

    test('allowed always it is not asked about again, in the next turn neither', async () => {
      const { world, provider } = await parked({ on, runSaying }, 1);
      await world.decide('always');
      await world.start(provider, asking);
      await emptied(world);
      expect(await ran(world)).toBe(1);
      await world.say('again');
      await emptied(world);
      expect(await ran(world)).toBe(2);
      expect(cards(world)).toHaveLength(1);
      expect(finals(world)).toEqual([expect.stringMatching(/^Done\./), expect.stringMatching(/^Done\./)]);
    });

    test('denied it is not run, and the turn goes on', async () => {
      const { world, provider } = await parked({ on, runSaying }, 1);
      await world.decide('deny');
      await world.start(provider, asking);
      await emptied(world);
      expect(await ran(world)).toBe(0);
      expect(cards(world)).toHaveLength(1);
      expect(finals(world)).toEqual([expect.stringMatching(/^Done\./)]);
    });
  });
}

const asking = { policy: 'ask', archiver: archiveFiles } as const;

/** Its runner sleeps, and what it asked is a card. In a turn its model runs the command so often once more, with other words each time. */
async function parked(
  { on, runSaying }: Pick<AgentUnderTest, 'on' | 'runSaying'>,
  times: number,
): Promise<{ readonly world: RunnerWorld; readonly provider: AgentProvider }> {
  const model = await startScriptedModel(({ results }, asked) => {
    // Of a turn that was canceled its tool is told behind the next prompt.
    const { length } = results.filter((result) => !/interrupted|aborted/.test(result));
    return length < times ? runSaying(COMMAND, `as I put it ${asked}. time`) : { content: 'Done.' };
  });
  const world = await runnerWorld();
  const provider = on(model.url);
  await world.say('run it', '1', { early: true });
  const life = await world.start(provider, { ...asking, idleTimeoutMs: 50 });
  expect(await life.end).toBe(0);
  expect(await ran(world)).toBe(0);
  expect(cards(world)).toHaveLength(1);
  return { world, provider };
}

/** How often the command was run. */
async function ran({ home }: RunnerWorld): Promise<number> {
  const [file] = (await readdir(home, { recursive: true })).filter((path) => path.endsWith('/files/ran'));
  return file === undefined ? 0 : (await readFile(join(home, file), 'utf8')).split('\n').length - 1;
}

const cards = (world: RunnerWorld): string[] =>
  world.replies.posts().flatMap(({ reply }) => (reply.deliveryId.startsWith('ask:') ? [reply.text] : []));
const finals = (world: RunnerWorld): string[] =>
  world.replies.posts().flatMap(({ reply }) => (reply.kind === 'final' ? [reply.text] : []));
