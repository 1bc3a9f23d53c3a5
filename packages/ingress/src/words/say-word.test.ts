import type { Entry, Lease } from '@runnel/shared';
import { expect, test } from 'vitest';
import { sayStatus, sayStay } from './say-word.ts';

const now = 1_000_000;
const idle: Lease = { state: 'idle', generation: '0', owner: '', deadline: 0, failures: 0, notBefore: 0, now };
const awake: Lease = { ...idle, state: 'running', owner: 'pod', deadline: now + 10_000 };

const prompts = (...texts: string[]): Entry[] =>
  texts.map((text, place) => ({
    id: `${place}-0`,
    identity: String(place),
    payload: { v: 1, type: 'prompt', session: 'T0:D0:1.0', author: 'U1', at: now, ts: '1.0', text, fileNames: [] },
  }));
const stop: Entry = {
  id: '9-0',
  identity: 'stop',
  payload: { v: 1, type: 'stop', session: 'T0:D0:1.0', author: 'U1', at: now },
};

test.each([
  [idle, [], /^Your runner sleeps\. Write, and it wakes where you left off\.$/],
  [awake, [], /^Your runner is awake and has nothing to do\.$/],
  [awake, [stop], /nothing to do\.$/],
  [awake, prompts('fix it\nplease'), /^Your runner is awake and has this to do:\n\n- `fix it`$/],
  [{ ...awake, deadline: now - 1 }, prompts('a'), /^Your runner is on its way and has this to do:/],
  [{ ...idle, state: 'launching' }, [], /^Your runner is on its way\.$/],
  [idle, prompts('a', 'b'), /^Your runner is on its way and has these 2 to do:\n\n- `a`\n- `b`$/],
  [{ ...idle, failures: 1, notBefore: now + 4_500 }, [], /^Your runner failed once; it is tried again in 5 s\.$/],
  [{ ...idle, failures: 3, notBefore: now + 60_000 }, prompts('a'), /3 times in a row; it is tried again in 60 s and/],
] satisfies [Lease, Entry[], RegExp][])('the status is said in words: %#', (lease, entries, words) => {
  expect(sayStatus({ lease, keptAwakeMs: 0 }, entries)).toMatch(words);
});

test('of other threads only the number is said where it is given which one is asked in', () => {
  expect(sayStatus({ lease: awake, keptAwakeMs: 0 }, prompts('a', 'b'), 'T0:C0:9.0')).toMatch(
    /these 2 to do:\n\n- 2 more$/,
  );
  expect(sayStatus({ lease: awake, keptAwakeMs: 0 }, prompts('a'), 'T0:D0:1.0')).toMatch(/\n\n- `a`$/);
});

test('many messages are counted, and what they say means nothing', () => {
  const said = sayStatus(
    { lease: awake, keptAwakeMs: 0 },
    prompts('a', 'b', 'c', 'd', '&lt;!channel&gt; `x`', 'f', 'g'),
  );
  expect(said).toMatch(/these 7 to do:/);
  expect(said).toContain('- `<!channel> ˋxˋ`\n- and 2 more');
});

test('how long a runner stays awake is said in minutes', () => {
  const said = sayStatus({ lease: awake, keptAwakeMs: 90_000 }, prompts('a'));
  expect(said).toMatch(/- `a`\n\nIt stays awake for another 2 minutes\.$/);
  expect(sayStatus({ lease: idle, keptAwakeMs: 90_000 }, []), 'there is none').not.toContain('stays');
  expect(sayStay(60_000)).toMatch(/stays awake for a minute; `stay 0m` takes it back\.$/);
  expect(sayStay(0)).toMatch(/goes to sleep/);
});
