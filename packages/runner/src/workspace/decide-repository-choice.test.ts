import { expect, test } from 'vitest';
import { decideRepositoryChoice, type RepositoryChoice } from './decide-repository-choice.ts';

const decide = (about: Partial<RepositoryChoice>) =>
  decideRepositoryChoice({ asked: 'acme/shop', name: 'acme/shop', ownedBy: [], mark: 'ada', named: [], ...about });

test('what is nobody’s is for those for whom an operator named it', () => {
  expect(decide({})).toBe('not_named');
  for (const entry of ['acme/shop', 'Acme/Shop', 'acme/*']) expect(decide({ named: ['x/y', entry] })).toBe('allowed');
  for (const entry of ['acme/sho', 'acme', '*', '*/*', 'acm/*', 'acme/shop/*', 'acme/shop2', 'acme/s*', '']) {
    expect(decide({ named: [entry] }), entry).toBe('not_named');
  }
});

test('their own they may always have; somebody else’s never, named or not', () => {
  expect(decide({ ownedBy: ['ada'] })).toBe('allowed');
  for (const ownedBy of [['grace'], ['ada', 'grace'], ['grace', 'ada']]) {
    expect(decide({ ownedBy })).toBe('not_named');
    for (const entry of ['acme/shop', 'acme/*']) expect(decide({ ownedBy, named: [entry] })).toBe('somebody_elses');
  }
});

test('one that was renamed is what was named; one that was handed over is not in what an owner has', () => {
  const moved = { asked: 'acme/shop', name: 'globex/store' };
  expect(decide({ ...moved, named: ['acme/shop'] })).toBe('allowed');
  expect(decide({ ...moved, named: ['globex/store'] })).toBe('allowed');
  expect(decide({ ...moved, named: ['globex/*'] })).toBe('allowed');
  expect(decide({ ...moved, named: ['acme/*'] })).toBe('not_named');
});

test('of what leads nowhere a person hears only where they may ask', () => {
  const nowhere = { name: undefined };
  expect(decide({ ...nowhere })).toBe('not_named');
  expect(decide({ ...nowhere, named: ['acme/*'] })).toBe('allowed');
  expect(decide({ ...nowhere, named: ['acme/shop'] })).toBe('allowed');
});
