import { stepNames } from '@runnel/shared';
import { expect, test } from 'vitest';
import { casesOf, kills, targets } from './fault-table.ts';

const processes = ['ingress', 'launcher', 'runner'] as const;

test.each(processes)('every step that %s takes is in the table, killed before and after', (process) => {
  const steps = targets.filter((target) => target.process === process).map((target) => target.step);
  expect([...new Set(steps)].toSorted()).toEqual([...stepNames[process]].toSorted());
  const killed = (when: string): string[] =>
    casesOf(process, kills).flatMap(({ fault }) => (fault.act === 'kill' && fault.when === when ? [fault.step] : []));
  expect(killed('before')).toEqual(steps);
  expect(killed('after')).toEqual(steps);
});
