import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Story } from '../support/story.ts';

let story: Story;
let pod: string | undefined;
beforeAll(async () => {
  story = await startStory({ people: 1 });
  await story.answered(story.person(0).say('echo awake'));
  pod = await podOf();
});
afterAll(async () => story[Symbol.asyncDispose]());

const podOf = async (): Promise<string | undefined> => (await story.fleet.runners.pod(story.person(0).userKey))?.uid;

/** What may never be in anything we post: a live mention. */
const PING = /<!(channel|here|everyone)|<!subteam|<@U0P/;

const odd: [title: string, text: string, answer: RegExp][] = [
  ['cat without input', 'cat', /no output/i],
  ['python without input', 'python3 || echo no python', /output/i],
  ['60,000 lines of output', 'seq 60000', /1\n2\n3\n[^]*60000|left out|answer\.md/],
  ['a line of 1 MB', "head -c 1000000 /dev/zero | tr '\\0' x", /xxx/],
  ['binary output', 'head -c 20000 /dev/urandom', /binary/i],
  ['invalid UTF-8', "printf 'a\\xff\\xfeb'", /a.+b/],
  ['a ping that somebody typed', 'echo "<!channel> @here <!everyone>"', /channel/],
  ['a ping as a file name', "echo '<!subteam^S0X> <@U0P0>'", /subteam/],
  ['an expansion that is not ours', "echo '$(VAR)' $(echo ran)", /\$\(VAR\) ran/],
  ['a NUL', 'echo a\u0000b', /NUL character/],
  ['a 40,000 character message', `echo ${'y'.repeat(39_900)} | wc -c`, /39901/],
  ['an exit code', 'echo out; exit 3', /out[^]*exit code 3/],
];

test.each(odd)('%s gets a sensible answer', async (_title, text, expected) => {
  const place = story.person(0).say(text);
  const [answer = ''] = await story.answered(place, 1, 40_000);
  expect(story.said(place).join('\n')).toMatch(expected);
  expect(answer).not.toMatch(PING);
  expect(
    JSON.stringify(
      story
        .messages(place)
        .filter((message) => message.user === 'U0RUNNEL')
        // Rich text is literal: code stands there as it was written, and nothing in it is a mention.
        .flatMap((message) => message.blocks ?? [])
        .filter((block) => (block as { type: string }).type !== 'rich_text'),
    ),
  ).not.toMatch(PING);
});

test('an empty message and one with nothing but an attachment are refused in words', async () => {
  const ada = story.person(0);
  const { workspace } = story.fleet;
  for (const text of ['', '   ']) {
    const message = workspace.postAs(ada.id, {
      channel: ada.dm,
      text,
      files: [{ name: 'notes.txt', content: 'hello' }],
    });
    expect((await story.answered({ channel: ada.dm, threadTs: message.ts }))[0]).toMatch(
      /^Attached files cannot be read yet \(`notes\.txt`\)/,
    );
  }
});

test('the runner lives through all of it', async () => {
  expect((await story.answered(story.person(0).say('echo alive')))[0]).toContain('alive');
  expect(await podOf(), 'the same one').toBe(pod);
});
