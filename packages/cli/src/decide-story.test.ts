import type { StepRecord } from '@runnel/shared';
import { expect, test } from 'vitest';
import { decideStory } from './decide-story.ts';
import { parseStepRecords } from './parse-step-records.ts';

const MESSAGE = 'T0:D0:100.000100';
const SESSION = 'T0:D0:90.000100';

/** `at` in seconds; a word for each step of a story: `name@seconds`. */
function step(name: StepRecord['step'], at: number, more: Partial<StepRecord> = {}): StepRecord {
  return { step: name, at: at * 1_000, ms: 1, process: 'runner', place: '7@host', outcome: 'ok', ...more };
}
const own = (name: StepRecord['step'], at: number): StepRecord =>
  step(name, at, { identities: [MESSAGE], session: SESSION });
const words = (records: readonly StepRecord[]): string =>
  records.map((record) => `${record.step}@${record.at / 1_000}`).join(' ');

test('its own steps, its files, and its runner from the append to the acknowledgement', () => {
  const records = [
    step('release', 99),
    own('enqueue', 101),
    step('create', 102),
    step('archive', 103, { session: SESSION }),
    step('archive', 103, { session: 'T0:D0:1.0' }),
    step('begin', 104, { identities: ['T0:D0:103.0'], session: SESSION }),
    step('manifest', 105, { identities: [] }),
    step('acknowledge', 106, { identities: ['T0:D0:103.0', MESSAGE] }),
    step('release', 107),
  ];
  expect(words(decideStory(records, MESSAGE))).toBe('enqueue@101 create@102 archive@103 acknowledge@106');
});

test('without the record of its append it begins when it was written', () => {
  const records = [step('release', 99), step('wake', 101), step('create', 102), own('begin', 104)];
  expect(words(decideStory(records, MESSAGE))).toBe('wake@101 create@102 begin@104');
});

test('what is not acknowledged has no end yet', () => {
  const lost = step('acknowledge', 105, { identities: [MESSAGE], outcome: 'lost' });
  expect(words(decideStory([own('enqueue', 101), lost, step('end', 130)], MESSAGE))).toBe(
    'enqueue@101 acknowledge@105 end@130',
  );
  expect(decideStory([step('end', 130)], MESSAGE)).toEqual([]);
});

test('a trace is put in order; the end of a step stands for its beginning; what cannot be read is left out', () => {
  const { ms: _ms, outcome: _outcome, ...begun } = own('run', 102);
  const entry = (...steps: readonly StepRecord[]): string => JSON.stringify({ all: { process: 'runner' }, steps });
  const texts = [
    entry(own('begin', 101), begun),
    entry(own('enqueue', 100)),
    entry(own('run', 102)),
    entry(begun),
    JSON.stringify({ v: 2 }),
    JSON.stringify({ all: {}, steps: [{ step: 'dance' }] }),
  ];
  const records = parseStepRecords(texts);
  expect(words(records)).toBe('enqueue@100 begin@101 run@102');
  expect(records.at(-1)?.ms).toBe(1);
});
