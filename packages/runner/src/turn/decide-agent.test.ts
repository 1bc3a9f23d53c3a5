import { expect, test } from 'vitest';
import { decideAgent, type AgentWishes } from './decide-agent.ts';

const names = ['claude', 'codex', 'shell'];
const opus = { of: 'claude', name: 'opus' };

test.each<[Partial<AgentWishes>, [string, string, string?]]>([
  [{}, ['claude', 'fleet']],
  [{ person: { agent: 'codex' }, repository: { agent: 'shell' } }, ['codex', 'person']],
  [{ repository: { agent: 'codex', model: 'gpt' } }, ['codex', 'repository', 'gpt']],
  [{ repository: { model: 'sonnet' } }, ['claude', 'fleet', 'sonnet']],
  [{ person: { model: opus }, repository: { model: 'sonnet' } }, ['claude', 'fleet', 'opus']],
  [{ person: { agent: 'codex', model: opus }, repository: { model: 'sonnet' } }, ['codex', 'person']],
  [{ person: { agent: 'codex' }, repository: { agent: 'claude', model: 'sonnet' } }, ['codex', 'person']],
  [{ person: { agent: 'gone' }, repository: { agent: 'codex' } }, ['codex', 'repository']],
  [{ person: { agent: 'gone', model: { of: 'gone', name: 'x' } } }, ['claude', 'fleet']],
])('%j', (wishes, [name, by, model]) => {
  expect(decideAgent({ names, person: {}, repository: {}, ...wishes })).toEqual({ name, by, model });
});
