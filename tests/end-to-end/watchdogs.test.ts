// An agent that says nothing more, ended by its runner: told with real processes, and a program that plays such an agent.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startStory } from '../support/story.ts';

const PLAYED = fileURLToPath(new URL('../agents/acp-played-agent.ts', import.meta.url));

test.each([
  ['AGENT_SILENCE', 'The agent gave no sign of life for 1 s'],
  ['AGENT_TURN_LIMIT', 'This took 1 s, the longest that a turn may take'],
])('%s ends its turn, which is said, and the next message has its turn', async (name, words) => {
  const settings = { AGENT_PROVIDER: 'acp', ACP_COMMAND: `${process.execPath} ${PLAYED} deaf`, [name]: '1s' };
  await using story = await startStory({ settings });
  const place = story.person(0).say('hello');
  const [answer] = await story.answered(place);
  expect(answer).toContain(words);
  story.person(0).say('again', { in: place });
  await story.answered(place, 2);
});
