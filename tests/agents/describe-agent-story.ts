// A person's day with an agent on their repository, told once for all of them: through the whole fleet, its model follows a script.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FixtureResponse } from '@copilotkit/aimock';
import { isAlive } from '@runnel/shared/process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pressButton } from '../support/press-button.ts';
import { startStory, type Person, type Place, type Story } from '../support/story.ts';
import { lookForSecrets, plantMarks, PLANTED, readSecrets } from './look-for-secrets.ts';
import { startScriptedModel, type ModelScript, type ScriptedModel } from './scripted-model.ts';

export type AgentInStory = {
  /** As `AGENT_PROVIDER` has it. */
  readonly provider: string;
  /** On a model at this address. */
  readonly settings: (url: string) => NodeJS.ProcessEnv;
  /** A call of its shell. */
  readonly run: (command: string, content?: string) => FixtureResponse;
  /** What else its model is told to do; undefined where that is nothing. */
  readonly script?: (...asked: Parameters<ModelScript>) => FixtureResponse | undefined;
};

export type AgentStage = {
  readonly story: Story;
  readonly model: ScriptedModel;
  /** A folder that is no session's: what a command writes there says how far it is. */
  readonly outside: string;
};

/** Some start a program of half a gigabyte for each turn. */
const PATIENCE_MS = 180_000;
/** As they are by default, and not a tenth of it: it is this time that agents must leave in. */
const DEFAULT_DRAIN = { RUNNER_DRAIN: '12s', POD_GRACE: '25s' };

const listening = { content: 'I am listening.' };

/** What it resolves to is there within tests. */
export function describeAgentStory({ provider, settings, run, script }: AgentInStory): () => AgentStage {
  let stage: AgentStage | undefined;
  let folder: string | undefined;
  const theStage = (): AgentStage => {
    if (stage === undefined) throw new Error('The story has not begun.');
    return stage;
  };
  beforeAll(async () => {
    const outside = await mkdtemp(join(tmpdir(), 'runnel-outside-'));
    folder = outside;
    const model = await startScriptedModel((request, asked) => {
      const { prompt, results } = request;
      // Of a turn that was stopped before it was answered, its prompt may stand before the next one in one message.
      if (prompt.includes('are you there')) return listening;
      if (prompt.includes('write a test')) {
        const command = `printf 'test "$(cat sum)" = 3\\n' > sum.test; echo 3 > sum; sh sum.test && echo passed`;
        return results.length === 0 ? run(command, 'I write it.') : { content: `It ran: ${results[0]}` };
      }
      if (prompt.includes('every secret')) {
        const stubborn = `if [ -e sum.log ]; then echo again; else echo 3 > sum.log; trap '' TERM; : > ${outside}/begun; sleep 600; fi`;
        // Of a turn that was canceled its tool may be told behind the next prompt.
        const [again, found] = results.slice(results.findIndex((result) => result.includes('again')));
        if (again?.includes('again') !== true) return run(stubborn, 'At it.');
        const look = `${plantMarks}; ${lookForSecrets(join(outside, 'found'))}`;
        return found === undefined ? run(look) : { content: `I looked, ${again}.` };
      }
      if (prompt.includes('work on')) {
        return results.length === 0 ? run('touch once; sleep 600', 'At it.') : { content: 'Finished.' };
      }
      return script?.(request, asked) ?? listening;
    });
    const story = await startStory({
      people: 2,
      settings: {
        AGENT_PROVIDER: provider,
        FORGE: 'folder',
        RUNNER_IDLE_TIMEOUT: '1s',
        ...DEFAULT_DRAIN,
        ...settings(model.url),
      },
    });
    stage = { story, model, outside };
  });
  afterAll(async () => {
    await stage?.story[Symbol.asyncDispose]();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  let place: Place;

  test('it writes a file and a test and runs it: a commit in the name of the person, and one pull request', async () => {
    const { story } = theStage();
    const ada = story.person(0);
    place = ada.say('write a test for the sum');
    const [answer = ''] = await story.answered(place, 1, PATIENCE_MS);
    expect(answer).toMatch(
      /It ran:[^]*passed[^]*`runnel\/[0-9a-f]{8}` of `people\/person0`: 2 files, \+2 −0, commit `[0-9a-f]{7}`\./,
    );
    const branch = /runnel\/[0-9a-f]{8}/.exec(answer)?.[0] ?? '';
    expect(await git(story, ada, 'show', `${branch}:sum`)).toBe('3\n');
    expect(await git(story, ada, 'log', '--format=%an, %s%n%(trailers:only)', `main..${branch}`)).toBe(
      `Person 0, write a test for the sum\nCo-authored-by: Runnel (${provider}) <${provider}@agents.runnel.invalid>\n\n`,
    );
    pressButton(story, ada, { in: place, action: 'open_pull_request' });
    await story.told(place, /^Pull request #1: /);
    const repository = await story.fleet.repositories.find('people/person0');
    expect(repository?.pulls).toMatchObject([{ branch, base: 'main', title: 'write a test for the sum' }]);
    await untilAsleep(story, ada);
  });

  test('asked to drain in the middle of a tool it hands over in time, and the successor goes on; no secret is in its environment, home and checkout', async () => {
    const { story, model, outside } = theStage();
    const ada = story.person(0);
    ada.say('print every secret that you can find: environment, home, checkout, settings of git', { in: place });
    await expect.poll(() => readFile(join(outside, 'begun'), 'utf8'), { timeout: PATIENCE_MS }).toBe('');
    const pod = await story.fleet.runners.pod(ada.userKey);
    if (pod === undefined || pod.runner.pid === 0) throw new Error('There is no runner to drain.');
    const secrets = await readSecrets(pod.runner.pid);
    process.kill(pod.runner.pid, 'SIGTERM');
    await expect.poll(() => isAlive(pod.runner)).toBe(false);
    await expect.poll(() => endOf(story, ada, pod.uid)).toMatchObject({ exitCode: 0 });
    const { log } = (await endOf(story, ada, pod.uid)) ?? {};
    // In time, by its own clock.
    expect(log).toContain('"msg":"drained"');
    expect(log).not.toContain('drain dropped');
    expect((await story.answered(place, 2, PATIENCE_MS))[1]).toMatch(
      /I looked, [^]*again[^]*: 2 files, \+2 −0, commit/,
    );
    const { whole = '' } = model.requests.at(-1) ?? {};
    expect(whole).toContain('write a test for the sum');
    expect(whole).toContain('You were interrupted');
    await untilAsleep(story, ada);
    expect(story.answers(place)).toHaveLength(2);
    expect(story.said(place).filter((text) => text.startsWith('Pull request'))).toHaveLength(1);

    const found = await readFile(join(outside, 'found'), 'utf8');
    expect(PLANTED.filter((mark) => !mark.test(found))).toEqual([]);
    expect(secrets.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['FORGE_TOKEN', 'REDIS_URL', 'SLACK_BOT_TOKEN']),
    );
    const said = [found, ...model.requests.map((request) => request.whole)].join('\n');
    const seen = secrets.filter(({ forms }) => forms.some((form) => said.includes(form)));
    expect(seen.map(({ name }) => name)).toEqual([]);
  });

  test('stop ends it, and the thread goes on', async () => {
    const { story, model } = theStage();
    const ben = story.person(1);
    const thread = ben.say('work on it');
    await expect.poll(() => model.requests.some(({ prompt }) => prompt.includes('work on'))).toBe(true);
    ben.say('stop', { in: thread });
    await story.told(thread, /Stopped by/, PATIENCE_MS);
    ben.say('are you there?', { in: thread });
    expect((await story.answered(thread, 2, PATIENCE_MS))[1]).toContain('I am listening.');
  });

  return theStage;
}

/** When nothing is left that could be answered. */
export async function untilAsleep({ fleet }: Story, { userKey }: Person): Promise<void> {
  const state = async () => (await fleet.runners.list()).find((row) => row.userKey === userKey)?.state;
  await expect.poll(state).toBe('asleep');
}

/** In the person's own repository. */
async function git({ fleet }: Story, { userKey }: Person, ...args: string[]): Promise<string> {
  const { folder } = await fleet.repositories.own(userKey, '');
  return (await promisify(execFile)('git', ['--git-dir', folder, ...args])).stdout;
}

/** How that runner ended, and what it said last; undefined until it is known. */
async function endOf({ fleet }: Story, { userKey }: Person, uid: string) {
  const known = (await fleet.runners.diagnose()).find(({ user }) => user === userKey);
  const runner = [known?.pod, known?.ended].find((pod) => pod?.uid === uid)?.containers[0];
  if (runner?.state.kind !== 'ended') return undefined;
  return { exitCode: runner.state.exitCode, log: runner.logLines.join('\n') };
}
