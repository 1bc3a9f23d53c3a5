import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collect, newRequest, saidIn } from './agent-provider.testsuite.ts';
import { checkTurns } from './check-turns.ts';
import { scriptedProvider } from './scripted-provider.ts';

const provider = checkTurns(scriptedProvider());

test.each([
  ['', []],
  [' \n', []],
  ['', [{ name: 'plan.pdf', missing: 'gone' }]],
] as const)('a message without words and files is refused, with what to do: %j %j', async (text, files) => {
  const events = await collect(provider, await newRequest(text, files));
  const reply = expect.stringMatching(/prompt_empty.*Write what/);
  expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply }]);
});

test('files without words are to be looked at', async () => {
  const request = await newRequest(' ', [{ name: 'plan.pdf', path: '/a/plan.pdf' }]);
  expect(saidIn(await collect(provider, request))).toBe('Look at the attached files.\n\n(Attached: `/a/plan.pdf`.)');
});

test('an agent is told that it was interrupted', async () => {
  const request = { ...(await newRequest('go on')), wasInterrupted: true };
  expect(saidIn(await collect(provider, request))).toMatch(/^\(You were interrupted .*\)\n\ngo on$/);
});

test('an agent is told where attachments are, and what is missing of them', async () => {
  const request = await newRequest('read it', [
    { name: 'plan.pdf', path: '/a/plan.pdf' },
    { name: 'film.mp4', missing: 'too_large' },
  ]);
  expect(saidIn(await collect(provider, request))).toBe(
    'read it\n\n(Attached: `/a/plan.pdf`. Attached, but not read: `film.mp4` (more than 20 MB).)',
  );
  expect(saidIn(await collect(provider, await newRequest('read it')))).toBe('read it');
});

test('an agent is told what the repository says to agents: once in a session, and again when it was changed', async () => {
  const request = await inFolder('go on');
  const guide = join(request.directory.files, 'AGENTS.md');
  const say = async (): Promise<string> => saidIn(await collect(provider, request));
  writeFileSync(guide, 'Tabs, never spaces.\n');
  expect(await say()).toBe(
    "(The repository's AGENTS.md says to whoever works here:\n\nTabs, never spaces.\n\n" +
      'That was AGENTS.md; what the person says comes first.)\n\ngo on',
  );
  expect(await say()).toBe('go on');
  writeFileSync(guide, 'Spaces.');
  expect(await say()).toContain('Spaces.');
});

test('each agent of a session is told, and whoever failed is told again', async () => {
  const request = await inFolder('go on');
  writeFileSync(join(request.directory.files, 'AGENTS.md'), 'Tabs.');
  const failing = checkTurns(scriptedProvider([{ fail: 'No.' }]));
  await collect(failing, request);
  expect(saidIn(await collect(provider, request))).toContain('Tabs.');
  const other = checkTurns({ ...scriptedProvider(), name: 'other' });
  expect(saidIn(await collect(other, request))).toContain('Tabs.');
});

test('a repository may call it CLAUDE.md, or have one name lead to the other; a long one is cut', async () => {
  const one = await inFolder('go on');
  writeFileSync(join(one.directory.files, 'CLAUDE.md'), 'x'.repeat(40_000));
  const said = saidIn(await collect(provider, one));
  expect(said).toContain("repository's CLAUDE.md");
  expect(said).toContain('x\n[the rest is left out]');
  expect(said.length).toBeLessThan(34_000);
  const other = await inFolder('go on');
  writeFileSync(join(other.directory.files, 'CLAUDE.md'), 'Linked.');
  symlinkSync('CLAUDE.md', join(other.directory.files, 'AGENTS.md'));
  expect(saidIn(await collect(provider, other))).toContain('Linked.');
});

test('what is no file of the repository is not told: a link that leads out, a folder', async () => {
  const request = await inFolder('go on');
  symlinkSync('/etc/passwd', join(request.directory.files, 'AGENTS.md'));
  mkdirSync(join(request.directory.files, 'CLAUDE.md'));
  expect(saidIn(await collect(provider, request))).toBe('go on');
});

async function inFolder(text: string): ReturnType<typeof newRequest> {
  const request = await newRequest(text);
  for (const folder of [request.directory.files, request.directory.state]) mkdirSync(folder, { recursive: true });
  return request;
}
