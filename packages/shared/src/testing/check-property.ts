// Everything that a description allows: fast-check makes the cases, FUZZ_RUNS multiplies them for a long run.
import fc from 'fast-check';
import { test, type TestOptions } from 'vitest';

export type Cases<T> = {
  readonly of: fc.Arbitrary<T>;
  /** How many, where FUZZ_RUNS does not say more. */
  readonly runs?: number;
  /** Whether one case leaves something behind for the next: then one that fails is not made smaller. */
  readonly lasting?: boolean;
};

/** A failure shows the smallest case, and its seed and path: beside `numRuns` they bring it back. */
export function checkProperty<T>(
  { of, runs = 100, lasting = false }: Cases<T>,
  holds: (value: T) => void | Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(of, async (value) => {
    await holds(value);
  });
  return fc.assert(property, { numRuns: Math.ceil(runs * times()), endOnFailure: lasting });
}

export function testProperty<T>(title: string, cases: Cases<T>, holds: (value: T) => void | Promise<void>): void {
  test(title, patience(), () => checkProperty(cases, holds));
}

/** The project's time-out is for the runs that everybody makes. */
export function patience(): TestOptions {
  return times() > 1 ? { timeout: LONG_MS } : {};
}

const LONG_MS = 24 * 3600 * 1000;

function times(): number {
  return Number(process.env['FUZZ_RUNS'] ?? 1);
}
