import { expect, test } from 'vitest';
import { readConfiguration } from './option-table.ts';
import { option } from './option.ts';
import { terminalOptions } from './terminal-options.ts';

const provider = option.text({ env: 'AGENT_PROVIDER', description: 'What works.', example: 'terminal' });
const configuration = { command: 'x', purpose: 'x', table: { provider, ...terminalOptions }, check: () => [] };
const read = (env: Record<string, string>) => readConfiguration(configuration, { AGENT_PROVIDER: 'terminal', ...env });

test('a program, how it looks when it waits, and what stands in its environment', () => {
  const env = { TERMINAL_COMMAND: 'python3 -q', TERMINAL_READY: '^>>> $', TERMINAL_ENVIRONMENT: '{"KEY":"a b"}' };
  expect(read(env)).toMatchObject({
    terminalCommand: 'python3 -q',
    terminalReady: /^>>> $/u,
    terminalEnvironment: { KEY: 'a b' },
    terminalQuietMs: 1_000,
  });
});

test('without that agent nothing of it is needed', () => {
  expect(() => read({ AGENT_PROVIDER: 'claude' })).not.toThrow();
});

test('with it the program and the pattern are, and the pattern must be one', () => {
  expect(() => read({})).toThrow(/TERMINAL_COMMAND[^]*TERMINAL_READY/);
  const env = { TERMINAL_COMMAND: 'sh', TERMINAL_READY: '(' };
  expect(() => read(env)).toThrow(/TERMINAL_READY must be a regular expression/);
  expect(() => read({ ...env, TERMINAL_READY: '.', TERMINAL_ENVIRONMENT: 'KEY=hush' })).toThrow(
    /must be a JSON object/,
  );
});
