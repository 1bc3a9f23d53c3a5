// Which faults are wanted, whether one strikes here, and how many did.
import type { Dice } from './dice.ts';
import type { FaultKind } from './soak-settings.ts';

/** Decided by the seed and by what it is about. A fault that strikes is counted. */
export type Strike = (kind: FaultKind, chance: number, ...about: (string | number)[]) => boolean;

export function striker(dice: Dice, wanted: ReadonlySet<FaultKind>, onStruck: (kind: FaultKind) => void): Strike {
  return (kind, chance, ...about) => {
    if (!wanted.has(kind) || dice.roll(kind, ...about) >= chance) return false;
    onStruck(kind);
    return true;
  };
}
