// Worlds that must be safe, and mutants that must not: one test each.
import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { describePlace, mutatedWorld, safeWorld, type Mutant, type Place } from './mutant.ts';
import { openMemory } from './open-memory.ts';
import { tellFault, tellReport } from './tell-report.ts';
import { allPlaces } from './worlds.ts';

const MOST_MS = 1_800_000;

/** `MODEL=big` takes the larger worlds too: minutes each, and gigabytes. */
export function describeWorlds({ usual, larger }: { usual: readonly Place[]; larger: readonly Place[] }): void {
  const memory = openMemory();
  const all = process.env['MODEL'] === 'big' ? [...usual, ...larger] : usual;
  for (const place of all) {
    test(
      describePlace(place),
      async () => {
        const report = await explore({ ...place, name: '' }, memory());
        tellReport(report);
        expect(tellFault(report)).toBe('');
        expect(report.isComplete).toBe(true);
      },
      MOST_MS,
    );
  }
}

/** Each is caught, by an invariant, by somebody stranded, or by its script's contract; with the guard in place the same world is safe. */
export function describeMutants(mutants: readonly Mutant[]): void {
  const memory = openMemory();
  for (const mutant of mutants) {
    test(mutant.name, async () => {
      const report = await explore(mutatedWorld(mutant), memory());
      tellReport(report);
      expect(report.fault).toBeDefined();
    });
  }
  const worlds = new Map(mutants.map((mutant) => [safeWorld(mutant).name, safeWorld(mutant)]));
  for (const place of allPlaces) worlds.delete(describePlace(place));
  for (const world of worlds.values()) {
    test(`with every guard in place: ${world.name}`, async () => {
      const report = await explore(world, memory());
      expect(tellFault(report)).toBe('');
    });
  }
}
