// What every child of a soak begins with: its settings, the channel to the main process, its faults.
import { makeDice, type Dice } from './dice.ts';
import { striker, type Strike } from './fault-counts.ts';
import { peerOver, type Peer } from './peer.ts';
import type { ChildSettings, MainVerbs } from './soak-verbs.ts';

/** Not while something that was sent is still in this process: it would arrive when it goes on. */
export function standStill(main: Peer<MainVerbs>): void {
  if (main.isFlushed) process.kill(process.pid, 'SIGSTOP');
  else setImmediate(() => standStill(main));
}

export type Child = {
  readonly settings: ChildSettings;
  readonly main: Peer<MainVerbs>;
  readonly dice: Dice;
  readonly strike: Strike;
};

export function openChild<Mine extends { [K in keyof Mine]: (args: never) => unknown }>(verbs: Mine): Child {
  const settings = JSON.parse(process.argv[2] ?? '{}') as ChildSettings;
  const main = peerOver<MainVerbs, Mine>(process, verbs);
  const dice = makeDice(settings.seed);
  // It ends with its parent, however that ends. Ctrl-C is for the parent to hear.
  process.on('disconnect', () => process.exit(0));
  process.on('SIGINT', () => undefined);
  process.on('unhandledRejection', (reason) => {
    main.tell('defect', `unhandled: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`);
  });
  const strike = striker(dice, new Set(settings.faults), (kind) => main.tell('struck', kind));
  return { settings, main, dice, strike };
}
