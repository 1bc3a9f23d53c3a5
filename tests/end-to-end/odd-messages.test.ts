import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Place, type Story } from '../support/story.ts';

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
  ['python without input', 'python3 || echo no python', /no output|no python/i],
  ['60,000 lines of output', 'seq 60000', /\n1\n2\n3\n[^]*\n60000\n[^]*answer\.md/],
  ['a line of 1 MB', "head -c 1000000 /dev/zero | tr '\\0' x", /xxx[^]*answer\.md/],
  ['binary output', 'head -c 20000 /dev/urandom', /binary/i],
  ['invalid UTF-8', "printf 'text \\xff and more'", /text \ufffd and more/],
  ['a ping that somebody typed', 'echo "<!channel> @here <!everyone>"', /channel/],
  ['a ping that a command makes', "printf '<%s> ' '!subteam^S0X' '@U0P0'", /subteam.*U0P0/],
  ['an expansion that is not ours', "echo '$(VAR)' $(echo ran)", /\$\(VAR\) ran/],
  ['a NUL', 'echo a\u0000b', /NUL character/],
  ['a 40,000 character message', `echo ${'y'.repeat(39_900)} | wc -c`, /39901/],
  ['an exit code', 'echo out; exit 3', /out[^]*exit code 3/],
];

/** What was posted in a thread: text, blocks, names of files. */
function posted(place: Place): { text: string; blocks: string; files: string } {
  const messages = story.messages(place).filter((message) => message.user === story.fleet.workspace.bot.userId);
  const blocks = messages.flatMap((message) => message.blocks ?? []);
  return {
    text: story.said(place).join('\n'),
    // Rich text is literal: code stands there as it was written, and nothing in it is a mention.
    blocks: JSON.stringify(blocks.filter((block) => (block as { type: string }).type !== 'rich_text')),
    files: messages
      .flatMap((message) => message.files ?? [])
      .map((file) => file.name)
      .join(),
  };
}

test.each(odd)('%s gets a sensible answer', async (_title, text, expected) => {
  const place = story.person(0).say(text);
  await story.answered(place);
  const answer = posted(place);
  expect(`${answer.text}\n${answer.files}`).toMatch(expected);
  expect(answer.text).not.toMatch(PING);
  expect(answer.blocks).not.toMatch(PING);
});

test('a message with nothing but an attachment is answered in words, whether that can be read and whatever it is called', async () => {
  const ada = story.person(0);
  const files = [{ name: '<!channel> <@U0P0>', content: 'hello' }];
  for (const text of ['', '   ']) {
    const isThere = text === '';
    if (!isThere) story.fleet.standIn.faults.next('files-pri', { kind: 'refused-before' });
    const place = ada.say(text, { files });
    const missing = /not read: .*channel.*U0P0[^]*There is nothing to do/;
    expect((await story.answered(place))[0]).toMatch(isThere ? /^Attached: .*channel.*U0P0/ : missing);
    expect(posted(place).text).not.toMatch(PING);
    expect(posted(place).blocks).not.toMatch(PING);
  }
});

test('the runner lives through all of it', async () => {
  expect((await story.answered(story.person(0).say('echo alive')))[0]).toContain('alive');
  expect(await podOf(), 'the same one').toBe(pod);
});
