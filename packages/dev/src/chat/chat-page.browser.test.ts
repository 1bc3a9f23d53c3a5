// The chat page in a real browser: what a newcomer does, and what they see without ever reloading.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChat } from './start-test-chat.ts';
import type { TestChat } from './start-test-chat.ts';

const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

// A machine with other work to do draws slowly.
const SOON_MS = 60_000;
const WHOLE_TEST = { timeout: 90_000 };

/** The first Chromium on the path. */
function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)('the chat page (needs chromium on the path)', WHOLE_TEST, () => {
  let browser: Browser;
  let chat: TestChat;
  let page: Page;
  const faults: string[] = [];
  let isServerThere: boolean;
  const messages = (): Locator => page.locator('#messages');
  const thread = (): Locator => page.getByRole('complementary', { name: 'Thread' });
  const composer = (): Locator => page.getByRole('textbox', { name: 'Message Runnel' });

  // One page for all: a new one costs as much as most tests do. Each has a server, and so an origin, of its own.
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ARGUMENTS.split(' ') });
    page = await browser.newPage();
    page.setDefaultTimeout(SOON_MS);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => faults.push(`dialog ${dialog.message()}`));
    page.on('console', (line) => {
      // The browser tells of each refused connection itself.
      if (!isServerThere && line.text().startsWith('Failed to load resource')) return;
      if (['error', 'warning'].includes(line.type())) faults.push(line.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).host !== `127.0.0.1:${chat.port}`) faults.push(request.url());
    });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    chat = await startTestChat();
    faults.length = 0;
    isServerThere = true;
    await page.context().clearCookies();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(chat.link);
    await composer().waitFor();
  });
  afterEach(async () => {
    await page.goto('about:blank');
    await chat.stop();
    // No script error, no blocked or foreign request, no dialog, whatever the test was about.
    expect(faults).toEqual([]);
  });

  const lastPosted = (channel = 'D0ADA') => {
    const posted = chat.workspace.messages(channel).findLast((message) => message.user !== chat.workspace.bot.userId);
    if (posted === undefined) throw new Error('nobody posted');
    return posted;
  };
  const send = async (text: string): Promise<void> => {
    await composer().fill(text);
    await composer().press('Enter');
    await messages().getByText(text).first().waitFor();
  };
  /** As Ada in her DM, which is where the page begins: the ts of the new thread. */
  const begin = async (text: string): Promise<string> => {
    await send(text);
    return lastPosted().ts;
  };
  const reply = (threadTs: string, said: { text?: string; blocks?: unknown[]; ephemeralTo?: string }) =>
    chat.workspace.post({ channel: 'D0ADA', threadTs, text: '', ...said });

  it('loses the token from its address', () => {
    expect(page.url()).toBe(`http://127.0.0.1:${chat.port}/`);
  });

  it('shows the answer to a message as it comes, in the thread that opened by itself', async () => {
    const ts = await begin('echo hello');
    await thread().getByText('echo hello').waitFor();
    reply(ts, { text: '```hello```' });
    await thread().locator('pre', { hasText: 'hello' }).waitFor();
    await messages().getByRole('button', { name: '1 reply' }).waitFor();
    expect(await composer().inputValue()).toBe('');

    await page.getByRole('textbox', { name: 'Reply…' }).fill('and again');
    await page.getByRole('textbox', { name: 'Reply…' }).press('Shift+Enter');
    await page.keyboard.type('on two lines');
    await page.keyboard.press('Enter');
    await thread().getByText('2 replies').waitFor();
    expect(lastPosted()).toMatchObject({ threadTs: ts, text: 'and again\non two lines' });

    await page.keyboard.press('Escape');
    await thread().waitFor({ state: 'hidden' });
    await messages().getByRole('button', { name: '2 replies' }).click();
    await thread().getByText('on two lines').waitFor();
  });

  it('offers three things to click before anything is said', async () => {
    expect(await page.locator('.prompt').count()).toBe(3);
    expect(await page.getByRole('link', { name: 'Dashboard' }).getAttribute('href')).toBe('http://127.0.0.1:1/queues');
    chat.workspace.suggest({ channel: 'D0ADA', prompts: [{ title: 'From the app', message: 'help' }] });
    await page.getByRole('button', { name: 'From the app help' }).waitFor();
    chat.workspace.suggest({ channel: 'D0ADA', prompts: [{ title: 'Say hello', message: 'echo hello' }] });
    await page.getByRole('button', { name: 'echo hello' }).click();
    await thread().getByText('echo hello').waitFor();
    expect(lastPosted()).toMatchObject({ user: 'U0ADA', channel: 'D0ADA', text: 'echo hello' });
    expect(await page.locator('.prompt').count()).toBe(0);
  });

  it('shows what goes on in a thread, and stops it', async () => {
    const threadTs = await begin('sleep 600');
    const channel = 'D0ADA';
    chat.workspace.setSession({ channel, threadTs, status: 'processing' });
    await thread().getByText('Runnel is working…').waitFor();
    for (const stage of ['is starting your workspace…', 'is restoring your files…']) {
      chat.workspace.setStatus({ channel, threadTs, status: stage });
      await thread().getByText(`Runnel ${stage}`).waitFor();
      await messages().getByText(`Runnel ${stage}`).waitFor();
    }
    await thread().getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => chat.pushes.at(-1)).toMatchObject({ type: 'stopped', user: 'U0ADA', channel, threadTs });
    chat.workspace.setSession({ channel, threadTs, status: 'active' });
    chat.workspace.setStatus({ channel, threadTs, status: '' });
    await thread().locator('.status').waitFor({ state: 'detached' });
    expect(await messages().getByRole('button', { name: 'Stop' }).count()).toBe(0);
  });

  it('presses the buttons of a message and shows what becomes of it', async () => {
    const ts = await begin('push it');
    const button = (id: string, text: string) => ({
      type: 'button',
      action_id: id,
      value: `${id}-1`,
      text: { type: 'plain_text', text },
    });
    const card = reply(ts, {
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'A question' } },
        {
          type: 'section',
          text: { type: 'mrkdwn', text: 'May I run `git push`?' },
          accessory: button('why', 'Details'),
        },
        { type: 'divider' },
        { type: 'actions', block_id: 'answer', elements: [button('allow', 'Allow once'), button('deny', 'Deny')] },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'for <@U0ADA>' }] },
      ],
    });
    await thread().getByRole('heading', { name: 'A question' }).waitFor();
    await thread().getByText('for @Ada Byron').waitFor();
    await thread().getByRole('button', { name: 'Deny' }).click();
    await expect
      .poll(() => chat.pushes.at(-1))
      .toMatchObject({
        type: 'pressed',
        user: 'U0ADA',
        action: { actionId: 'deny', value: 'deny-1', blockId: 'answer' },
      });
    chat.workspace.update(card, { text: 'Denied by <@U0ADA>.' });
    await thread().getByText('Denied by @Ada Byron.').waitFor();
    expect(await thread().getByRole('button', { name: 'Deny' }).count()).toBe(0);
  });

  it('shows a field of a message and sends what is written there', async () => {
    const ts = await begin('ask me');
    const card = reply(ts, {
      blocks: [
        { type: 'markdown', text: 'Which branch?' },
        {
          type: 'input',
          block_id: 'q1',
          dispatch_action: true,
          label: { type: 'plain_text', text: 'Your answer' },
          element: { type: 'plain_text_input', action_id: 'answer' },
        },
      ],
    });
    const field = thread().getByRole('textbox', { name: 'Your answer' });
    await field.fill('a < b & c');
    // What happens elsewhere takes nothing away from what is written.
    reply(ts, { text: 'meanwhile' });
    await thread().getByText('meanwhile').waitFor();
    await field.press('Enter');
    await expect
      .poll(() => chat.pushes.at(-1))
      .toMatchObject({ type: 'pressed', action: { actionId: 'answer', value: 'a < b & c', blockId: 'q1' } });
    chat.workspace.update(card, { text: 'Answered.' });
    await field.waitFor({ state: 'detached' });
  });

  it('edits the last message from the keyboard and deletes one after a question', async () => {
    await send('a < b && see @runnel in #general');
    await composer().press('ArrowUp');
    const box = page.getByRole('textbox', { name: 'Edit message' });
    expect(await box.inputValue()).toBe('a < b && see @runnel in #general');
    await box.press('Escape');
    await composer().press('ArrowUp');
    await box.fill('a > b');
    await box.press('Enter');
    await messages().getByText('(edited)').waitFor();
    await messages().getByText('a > b').waitFor();
    expect(lastPosted().text).toBe('a &gt; b');

    const first = messages().getByRole('article').first();
    await first.hover();
    await first.getByRole('button', { name: 'Delete message' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(chat.workspace.messages('D0ADA')).toHaveLength(1);
    await first.getByRole('button', { name: 'Delete message' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await messages().getByText('a > b').waitFor({ state: 'detached' });
    expect(chat.workspace.messages('D0ADA')).toEqual([]);
  });

  it('lets others edit nothing', async () => {
    chat.workspace.post({ channel: 'D0ADA', text: 'from the app' });
    const message = messages().getByRole('article');
    await message.hover();
    await message.getByRole('button', { name: 'Reply in thread' }).waitFor();
    expect(await message.getByRole('button', { name: 'Edit message' }).count()).toBe(0);
    expect(await message.getByRole('button', { name: 'Delete message' }).count()).toBe(0);
  });

  it('writes as another person, who sees what is theirs and no more', async () => {
    const ts = await begin('a secret of Ada');
    reply(ts, { text: 'whispered', ephemeralTo: 'U0ADA' });
    await thread().getByText('Only visible to you').waitFor();
    chat.workspace.post({ channel: 'C0GENERAL', text: 'only for Ada here', ephemeralTo: 'U0ADA' });
    await page.getByRole('radio', { name: 'Ben' }).click();
    await page.getByText('Hello Ben').waitFor();
    expect(await page.getByText('a secret of Ada').count()).toBe(0);
    await send('hello from Ben');
    expect(lastPosted('D0BEN')).toMatchObject({ user: 'U0BEN', text: 'hello from Ben' });

    await page.getByRole('button', { name: 'general' }).click();
    await page.getByText('This is #general').waitFor();
    expect(await page.getByText('only for Ada here').count()).toBe(0);
    const general = page.getByRole('textbox', { name: 'Message #general' });
    await general.fill('ask @ru');
    await page.getByRole('option', { name: 'Runnel' }).waitFor();
    await general.press('Enter');
    await page.keyboard.type('to help');
    await page.keyboard.press('Enter');
    await expect.poll(() => chat.workspace.messages('C0GENERAL').at(-1)?.text).toBe('ask <@U0RUNNEL> to help');
    await page.getByRole('radio', { name: 'Ada' }).click();
    await messages().getByText('ask @Runnel to help').waitFor();
    await page.getByText('only for Ada here').waitFor();
  });

  it('counts what others said elsewhere', async () => {
    chat.workspace.postAs('U0BEN', { channel: 'C0TEAM', text: 'one' });
    chat.workspace.postAs('U0BEN', { channel: 'C0TEAM', text: 'two' });
    await page.getByRole('button', { name: 'team' }).getByLabel('2 unread').waitFor();
    await page.getByRole('button', { name: 'team' }).click();
    await messages().getByText('two').waitFor();
    expect(await page.getByLabel('2 unread').count()).toBe(0);
  });

  it('shows what looks like mark-up as the text it is', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const ts = await begin(evil);
    await thread().getByText(evil).waitFor();
    const escaped = '&lt;img src=x onerror=alert(1)&gt;';
    reply(ts, {
      text: `${escaped} *${escaped}* \`${escaped}\` <javascript:alert(1)|click> <https://a.example/"onmouseover=alert(1)|${escaped}>`,
    });
    reply(ts, {
      blocks: [
        {
          type: 'markdown',
          text: `${evil}\n\n**${evil}**\n\n\`\`\`html\n${evil}\n\`\`\`\n\n[click](javascript:alert(1)) <script>alert(1)</script>`,
        },
        { type: 'header', text: { type: 'plain_text', text: evil } },
        {
          type: 'actions',
          elements: [
            { type: 'button', action_id: evil, url: 'javascript:alert(1)', text: { type: 'plain_text', text: evil } },
          ],
        },
        { type: evil },
      ],
    });
    chat.workspace.postAs('U0ADA', {
      channel: 'D0ADA',
      threadTs: ts,
      text: evil,
      files: [{ name: evil, content: evil }],
    });
    await thread().getByText('3 replies').waitFor();
    expect(await page.locator('img:not([src="/chat/page/icon.svg"])').count()).toBe(0);
    expect(await page.locator('#app script').count()).toBe(0);
    expect(await page.locator('[onerror], [onmouseover]').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await thread().getByText(evil).count()).toBeGreaterThan(6);
  });

  it('draws the marks of Slack and of markdown', async () => {
    const ts = await begin('marks');
    const text = [
      '*bold* _it_ ~gone~ `a *b*` 2*3*4 snake_case_name <@U0BEN> <#C0TEAM|team> <!here> <https://e.example/a_b_|label> :eyes: :nope:',
      '&gt; quoted',
      'after &amp;lt;',
    ].join('\n');
    reply(ts, { text });
    const html = async (nth: number): Promise<string> =>
      (await thread().locator('.text').nth(nth).innerHTML()).replaceAll(
        / (class|target|rel|role|aria-label|title|tabindex|start|aria-level)="[^"]*"/g,
        '',
      );
    await expect
      .poll(() => html(1))
      .toBe(
        '<p><strong>bold</strong> <em>it</em> <s>gone</s> <code>a *b*</code> 2*3*4 snake_case_name <span>@Ben Okafor</span> <span>#team</span> <span>@here</span> ' +
          '<a href="https://e.example/a_b_">label</a> <span>👀</span> :nope:</p><blockquote>quoted</blockquote><p>after &amp;lt;</p>',
      );
    const markdown = [
      '# Title',
      'one **two** *three* ~~four~~ `five` [six](https://e.example) https://e.example/x. a_b_c 2 * 3 * 4',
      '',
      '- a',
      '  1. b',
      '- c',
      '',
      '> q',
      '',
      '~~~js',
      'x < 1 **y**',
      '~~~',
      '|h|',
      '|-|',
      '|d|',
      '---',
      '\\*not\\* &lt;',
    ];
    reply(ts, { blocks: [{ type: 'markdown', text: markdown.join('\n') }] });
    await expect
      .poll(() => html(2))
      .toBe(
        '<div><div>Title</div><p>one <strong>two</strong> <em>three</em> <s>four</s> <code>five</code> <a href="https://e.example">six</a> ' +
          '<a href="https://e.example/x">https://e.example/x</a>. a_b_c 2 * 3 * 4</p><ul><li>a<ol><li>b</li></ol></li><li>c</li></ul><blockquote><p>q</p></blockquote>' +
          '<pre><code data-language="js">x &lt; 1 **y**</code></pre><div><table><thead><tr><th>h</th></tr></thead><tbody><tr><td>d</td></tr></tbody></table></div><hr><p>*not* &lt;</p></div>',
      );
  });

  it('shows reactions, and sends a file along', async () => {
    await page
      .locator('#composer input[type=file]')
      .setInputFiles({ name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# notes') });
    await page.locator('#composer .chip', { hasText: 'notes.md' }).waitFor();
    await page.getByRole('button', { name: 'Send' }).first().click();
    const link = messages().getByRole('link', { name: 'notes.md' });
    await link.waitFor();
    const posted = lastPosted();
    expect(String(chat.workspace.file(posted.files?.[0]?.id ?? '')?.content)).toBe('# notes');
    chat.workspace.react(posted, [{ name: 'eyes', users: ['U0RUNNEL', 'U0ADA'] }]);
    await messages().getByRole('img', { name: 'Runnel, Ada Byron reacted with :eyes:' }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe('notes.md');
  });

  it('shows who is awake, and kills a runner', async () => {
    const runner = page.getByRole('group', { name: 'Runner of Ada Byron' });
    await runner.getByText('asleep').waitFor();
    expect(await runner.getByRole('button').count()).toBe(0);
    chat.runners.push({
      userKey: 'T0LOCAL:U0ADA',
      user: 'U0ADA',
      state: 'awake',
      detail: 'one turn',
      since: Date.now() - 90_000,
    });
    chat.runners.push({ userKey: 'T0LOCAL:U0BEN', user: 'U0BEN', state: 'waiting', detail: 'place 1 of 1' });
    await runner.getByText('awake 1 min · one turn').waitFor();
    await page.getByRole('group', { name: 'Runner of Ben Okafor' }).getByText('waiting · place 1 of 1').waitFor();
    await runner.getByRole('button', { name: 'Kill runner' }).click();
    await page.getByText('Ada’s runner was killed.').waitFor();
    expect(chat.killed).toEqual(['T0LOCAL:U0ADA']);
  });

  it('says when the server is gone, and is complete again when it is back', async () => {
    isServerThere = false;
    await composer().fill('half-written');
    await chat.stop();
    await page.getByText('Runnel is not running; start it again with npm start').waitFor();
    chat.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'said meanwhile' });
    await chat.start();
    await messages().getByText('said meanwhile').waitFor();
    await page.locator('#connection').waitFor({ state: 'hidden' });
    expect(await composer().inputValue()).toBe('half-written');

    await chat.stop();
    await chat.start('token-of-another-run');
    await page.getByText('open the link that npm start printed').waitFor();
  });

  it('fits a phone: one thing at a time, nothing cut off', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const ts = await begin('echo on the phone');
    expect(await thread().isVisible()).toBe(false);
    reply(ts, { text: `\`\`\`${'x'.repeat(500)}\`\`\`` });
    await messages().getByRole('button', { name: '1 reply' }).click();
    await thread().locator('pre').waitFor();
    expect(await messages().isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Close thread' }).click();
    await page.getByRole('button', { name: 'Channels and people' }).click();
    await page.getByRole('button', { name: 'general' }).click();
    await page.getByText('This is #general').waitFor();
    const width = await page.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth);
    expect(width).toBe(390);
  });
});
