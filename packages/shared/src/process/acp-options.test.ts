import { expect, test } from 'vitest';
import { acpOptions } from './acp-options.ts';
import { readConfiguration } from './option-table.ts';
import { option } from './option.ts';

const provider = option.text({ env: 'AGENT_PROVIDER', description: 'What works.', example: 'acp' });
const configuration = { command: 'x', purpose: 'x', table: { provider, ...acpOptions }, check: () => [] };
const read = (env: Record<string, string>) => readConfiguration(configuration, { AGENT_PROVIDER: 'acp', ...env });

test('a command and what stands in its environment', () => {
  const env = { ACP_COMMAND: 'gemini --acp', ACP_ENVIRONMENT: '{"KEY":"a b"}' };
  expect(read(env)).toMatchObject({ acpCommand: 'gemini --acp', acpEnvironment: { KEY: 'a b' } });
  expect(read({ ACP_COMMAND: 'gemini' })).toMatchObject({ acpEnvironment: {} });
});

test('without that agent neither is needed', () => {
  expect(read({ AGENT_PROVIDER: 'claude' })).toMatchObject({ acpCommand: '', acpEnvironment: {} });
});

test.each([' ', 'sh -c "gemini"', `env 'A' gemini`, 'a\\ b'])(
  'a command that cannot be split is refused: %s',
  (command) => {
    expect(() => read({ ACP_COMMAND: command })).toThrow(/ACP_COMMAND must be a program/);
  },
);

test.each([
  ['KEY=hush', 'must be a JSON object'],
  ['["hush"]', 'must be a JSON object'],
  ['{"KEY":1,"A":"hush"}', 'must be a JSON object'],
  ['{"A=B":"hush"}', 'must be a JSON object'],
  ['{"HOME":"hush"}', 'must leave HOME'],
  ['{"PATH":"hush"}', 'must leave PATH'],
  ['{"RUNNEL_TURN":"hush"}', 'must leave RUNNEL_TURN'],
])('%s is no environment, and is not shown', (text, complaint) => {
  const complain = (): unknown => read({ ACP_COMMAND: 'gemini', ACP_ENVIRONMENT: text });
  expect(complain).toThrow(complaint);
  expect(complain).not.toThrow('hush');
});
