import { expect, test } from 'vitest';
import { diagnoseCommand } from './diagnose-command.ts';
import { explainCommand } from './explain-command.ts';
import type { OpenOperations } from './operations.ts';
import { runProgram } from './run-program.ts';
import { runnersCommand } from './runners-command.ts';

/** A launcher that answers with whom it was asked for. */
const operations: OpenOperations = ({ url, token }) => ({
  diagnostics: async (name) => ({ name, url, token }),
  runners: async () => ({ runners: [] }),
});

async function runnel(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  let out = '';
  let err = '';
  const exitCode = await runProgram({
    commands: [
      explainCommand((redisUrl) => Promise.reject(new Error(`no Redis at ${redisUrl}`))),
      diagnoseCommand(operations),
      runnersCommand(operations),
    ],
    argv,
    env,
    say: (text) => (out += text),
    complain: (text) => (err += text),
  });
  return { exitCode, out, err };
}

test('the program explains itself and names its commands', async () => {
  for (const argv of [[], ['help'], ['--help'], ['-h']]) {
    const { exitCode, out } = await runnel(argv);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /REDIS_URL[^]*required[^]*explain +what happened to a message[^]*diagnose +all[^]*runners +who/,
    );
  }
});

test.each([
  ['explain', /Copy link[^]*reply:[^]*--json[^]*REDIS_URL/, /OPERATIONS_TOKEN/],
  ['diagnose', /user key[^]*<@U0[^]*--url[^]*--json[^]*RUNNEL_URL[^]*OPERATIONS_TOKEN/, /REDIS_URL/],
  ['runners', /--url[^]*--json[^]*RUNNEL_URL[^]*OPERATIONS_TOKEN/, /REDIS_URL/],
])('%s explains itself: what it takes, its options, its settings and no others', async (name, has, hasNot) => {
  for (const help of ['--help', '-h']) {
    const { exitCode, out } = await runnel([name, help]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(has);
    expect(out).not.toMatch(hasNot);
  }
});

test.each([
  ['T0:U0ADA', 'T0:U0ADA'],
  ['runner-0123456789abcdef0123', 'runner-0123456789abcdef0123'],
  ['<@U0ADA>', 'U0ADA'],
  ['<@U0ADA|ada>', 'U0ADA'],
  ['@U0ADA', 'U0ADA'],
  ['U0ADA', 'U0ADA'],
])('%s is asked for as %s, at the launcher that is named', async (given, name) => {
  const { out } = await runnel(['diagnose', '--json', '--url', 'http://there', given], { OPERATIONS_TOKEN: 'secret' });
  expect(JSON.parse(out)).toEqual({ name, url: 'http://there', token: 'secret' });
});

test('an answer of another version is not taken for one of this', async () => {
  const { exitCode, err } = await runnel(['diagnose', 'T0:U0ADA'], { OPERATIONS_TOKEN: 'secret' });
  expect(err).toMatch(/of one version, or --json/);
  expect(exitCode).toBe(1);
});

test.each([
  [['explode'], 'There is no command "explode"'],
  [['explain'], 'has to be named'],
  [['explain', 'hello'], '"hello" names no message'],
  [['diagnose'], 'has to be named'],
  [['diagnose', 'ada'], '"ada" names no runner'],
  [['diagnose', 'T0:U0ADA', 'T0:U0BEN'], 'names no runner'],
  [['runners', 'ada'], "Unexpected argument 'ada'"],
  [['explain', '--deep', 'C0:1.2'], "Unknown option '--deep'"],
])('%j is refused with a sentence and exit code 64', async (argv, sentence) => {
  const { exitCode, out, err } = await runnel(argv);
  expect(err).toContain(sentence);
  expect(out).toBe('');
  expect(exitCode).toBe(64);
});

test('missing settings end it with 78, what fails with 1', async () => {
  expect(await runnel(['explain', 'C0:1.2'])).toMatchObject({
    exitCode: 78,
    err: expect.stringContaining('REDIS_URL is not set'),
  });
  expect(await runnel(['explain', 'C0:1.2'], { REDIS_URL: 'redis://nowhere' })).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('no Redis at redis://nowhere'),
  });
});
