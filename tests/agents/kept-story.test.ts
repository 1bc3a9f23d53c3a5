// What is written before there is a key is kept, and begins by itself once a launcher was started with one. Told with real processes.
import type { LocalFleet } from '@runnel/dev';
import { connectRedis, redisKeptThreads } from '@runnel/shared/redis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { pressButton } from '../support/press-button.ts';
import { startStory, type Story } from '../support/story.ts';
import { program } from './claude-on.ts';
import { untilAsleep } from './describe-agent-story.ts';
import { startScriptedModel } from './scripted-model.ts';

const END_MS = 10_000;
const withKey = { ANTHROPIC_API_KEY: 'key-of-the-model' };

let isRefusing = true;
let story: Story;
beforeAll(async () => {
  const model = await startScriptedModel(({ prompt }) =>
    isRefusing
      ? { error: { message: 'invalid key' }, status: 401 }
      : { content: `I did ${/alpha|beta|gamma|delta/.exec(prompt)?.[0]}.` },
  );
  const settings = {
    AGENT_PROVIDER: 'claude',
    AGENT_CREDENTIAL: 'later',
    CLAUDE_PROGRAM: program,
    ANTHROPIC_BASE_URL: model.url,
    RUNNER_IDLE_TIMEOUT: '1s',
  };
  story = await startStory({ people: 2, settings });
});
afterAll(async () => story[Symbol.asyncDispose]());

async function end(launchers: LocalFleet['launchers']): Promise<void> {
  await Promise.all(launchers.map((launcher) => launcher.end(END_MS)));
}

/** What is noted for a launcher that has a key. */
async function noted(): Promise<number> {
  const redis = connectRedis(story.fleet.redisUrl, 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  return (await redisKeptThreads(redis).all()).length;
}

test('begun once however many launchers start, in order, without a word from its person; refused again it is said once; what was discarded stays so', async () => {
  const [ada, ben] = [story.person(0), story.person(1)];
  const [place, discarded] = [ada.say('do alpha'), ben.say('do gamma')];
  await story.answered(place);
  ada.say('do beta', { in: place });
  expect((await story.answered(place, 2))[1]).toMatch(
    /no key[^]*runs? by (itself|themselves)[^]*- do alpha\n- do beta$/,
  );
  await story.answered(discarded);
  expect(await noted()).toBe(2);
  await end(story.fleet.launchers);
  pressButton(story, ben, { in: discarded, action: 'discard' });

  const refused = await story.fleet.startLauncher(withKey);
  expect((await story.answered(place, 3))[2]).toMatch(/refuses[^]*- do alpha\n- do beta$/);
  await story.told(discarded, /^Discarded/);
  await untilAsleep(story, ada);
  // Meanwhile that launcher looks again and again.
  ben.say('do beta', { in: discarded });
  await story.answered(discarded, 2);
  await untilAsleep(story, ben);
  expect(await noted(), 'what was refused is noted anew, and left to the next start').toBe(2);
  await end([refused]);

  isRefusing = false;
  await Promise.all([story.fleet.startLauncher(withKey), story.fleet.startLauncher(withKey)]);
  await story.answered(place, 5);
  await untilAsleep(story, ada);
  ada.say('do delta', { in: place });
  const words = (answers: readonly string[]): unknown[] => answers.map((text) => /I did \w+|- do/.exec(text)?.[0]);
  expect(words(await story.answered(place, 6))).toEqual([
    '- do',
    '- do',
    '- do',
    'I did alpha',
    'I did beta',
    'I did delta',
  ]);
  expect(words(await story.answered(discarded, 3))).toEqual(['- do', '- do', 'I did beta']);
  expect(await noted()).toBe(0);
});
