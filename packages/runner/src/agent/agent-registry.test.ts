import { expect, test } from 'vitest';
import { agentRegistry } from './agent-registry.ts';
import { scriptedProvider } from './scripted-provider.ts';

test('the first one is the default, the others are found by their names', async () => {
  const [first, second] = [scriptedProvider([{ say: 'one' }]), scriptedProvider([{ say: 'two' }])];
  const agents = agentRegistry({ first: () => first, second: () => Promise.resolve(second) });
  expect(agents.names).toEqual(['first', 'second']);
  expect(await agents.open()).toBe(first);
  expect(await agents.open('second')).toBe(second);
});

test('none is made before it is asked for, and none twice', async () => {
  const made: string[] = [];
  const making = (name: string) => () => {
    made.push(name);
    return scriptedProvider();
  };
  const agents = agentRegistry({ first: making('first'), second: making('second') });
  expect(await agents.open('second')).toBe(await agents.open('second'));
  expect(made).toEqual(['second']);
});

test.each(['magic', '', 'toString'])('an unknown one is refused with those that there are: %j', async (name) => {
  const agents = agentRegistry({ claude: () => scriptedProvider(), shell: () => scriptedProvider() });
  await expect(agents.open(name)).rejects.toThrow(/\[agent_unknown\].*claude, shell/);
});
