// A short soak: every fault at least once, and nothing of it to be seen by a person.
import { expect, test } from 'vitest';
import { readFaults, runSoak } from './run-soak.ts';

const SEED = 4;

test('nothing is lost, said twice or out of order, and nobody is left waiting', async () => {
  const options = { users: 24, messages: 2_000, seed: SEED, faults: readFaults('all') };
  const record = await runSoak({ options, signal: new AbortController().signal });
  const table = record
    .rows()
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
  expect(record.breaches(), table).toEqual([]);
  // What it proves goes by what happened in it. A choice that is made at the end comes on top.
  expect(record.ledger.counts.sent, table).toBeGreaterThanOrEqual(options.messages);
  expect(record.struckKinds, table).toBeGreaterThan(options.faults.size / 2);
});

test('a fault that there is not is named', () => {
  expect(() => readFaults('kill-host,fire')).toThrow('There is no fault fire.');
});
