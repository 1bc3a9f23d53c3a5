// The worlds that are gone through: each small enough to be gone through whole. `(a1)` was appended before the story begins.
import type { Name } from './messages.ts';
import type { Place } from './mutant.ts';
import type { Fault } from './world.ts';

type Worlds = {
  /** A few minutes together, on two cores. */
  readonly usual: readonly Place[];
  /** Minutes each, and gigabytes: by command. */
  readonly larger: readonly Place[];
};

const everyFault: readonly Fault[] = ['kill', 'evict', 'vanish', 'pause', 'reply', 'twin', 'ingress', 'start'];
/** Three messages of two threads side by side, one of them delivered twice, and a stop. */
const story: readonly Name[] = ['a1', 'a2', 'b1', 'stop', 'a1'];

export const storyWorlds: Worlds = {
  usual: [
    { sends: story, wakesGetLost: true },
    { sends: story, faults: ['kill'], atMost: 1 },
    { sends: story, waiting: 4, faults: everyFault, atMost: 1 },
    { sends: ['a1', 'a2', 'stop', 'b1'], waiting: 4, faults: ['kill', 'pause'], atMost: 1, drains: 1 },
  ],
  larger: [
    { sends: story, faults: ['kill', 'pause'], atMost: 1 },
    { sends: story, faults: ['vanish', 'reply', 'ingress', 'twin', 'start'], atMost: 1, wakesGetLost: true },
    { sends: ['a1', 'stop', 'a2', 'b1'], waiting: 3, faults: ['kill', 'pause'], atMost: 1, drains: 1 },
  ],
};

export const zombieWorlds: Worlds = {
  usual: [{ sends: story, waiting: 2, faults: ['pause'], atMost: 1 }],
  larger: [{ sends: story, faults: ['pause'], atMost: 1 }],
};

export const faultWorlds: Worlds = {
  usual: [
    { sends: ['a1', 'a1'], faults: everyFault, atMost: 2, wakesGetLost: true },
    { sends: ['a1', 'a2'], waiting: 2, faults: everyFault, atMost: 2 },
    { sends: ['a1', 'b1'], waiting: 2, faults: everyFault, atMost: 1, drains: 1 },
    { sends: ['a1'], waiting: 1, faults: everyFault, atMost: 1, drains: 2 },
    { sends: ['a1', 'stop'], waiting: 2, faults: ['kill', 'pause', 'reply'], atMost: 2 },
    { sends: ['a1'], waiting: 1, faults: ['kill', 'vanish', 'evict'], atMost: 3 },
    { sends: ['a1', 'b1'], waiting: 2, faults: ['kill'], atMost: 3 },
    { sends: ['a1'], waiting: 1, faults: ['clock', 'kill'], atMost: 2 },
    { sends: ['a1'], waiting: 1, faults: ['false end', 'kill', 'twin'], atMost: 2 },
  ],
  larger: [
    { sends: ['a1', 'stop'], waiting: 1, faults: ['kill', 'pause', 'reply'], atMost: 2 },
    { sends: ['a1'], waiting: 1, faults: everyFault, atMost: 3 },
    { sends: ['a1', 'b1'], waiting: 2, faults: everyFault, atMost: 2 },
  ],
};

const failover: Partial<Place> = { replica: true, slowClock: true, faults: ['failover'], atMost: 1 };

export const failoverWorlds: Worlds = {
  usual: [
    { ...failover, sends: ['a1'], faults: ['failover', 'kill'], atMost: 2 },
    { ...failover, sends: ['a1'], faults: ['failover', 'twin'], atMost: 2 },
    { ...failover, sends: ['a1', 'b1'], slowClock: false },
    { ...failover, sends: ['a1', 'b1'], warm: true },
    { ...failover, sends: ['a1', 'a2'], warm: true },
    { ...failover, sends: ['a1', 'stop'], warm: true },
    { ...failover, sends: ['a1'], atMost: 2 },
  ],
  larger: [
    { ...failover, sends: ['a1'], sendsBeside: ['b1'], warm: true },
    { ...failover, sends: ['a1', 'a2'], atMost: 2 },
    { ...failover, sends: ['a1'], faults: ['failover', 'kill', 'pause', 'reply'], atMost: 2 },
  ],
};

/** What a stop holds until somebody chooses. */
export const heldWorlds: Worlds = {
  usual: [
    { sends: ['a1', 'a2', 'stop', 'run'], waiting: 3, faults: everyFault, atMost: 1, drains: 1 },
    { sends: ['a1', 'a2', 'stop', 'run', 'discard'], waiting: 3, faults: ['kill', 'reply'], atMost: 1 },
    { sends: ['a1', 'a2', 'stop', 'run', 'halt'], waiting: 3, faults: ['kill', 'reply'], atMost: 1 },
    { sends: ['a1', 'stop', 'run'], waiting: 3, faults: ['kill', 'pause'], atMost: 2 },
    { sends: ['a1', 'stop', 'run'], waiting: 3, faults: ['kill'], atMost: 3 },
    { ...failover, sends: ['a1', 'stop', 'run'], waiting: 2 },
  ],
  larger: [
    { sends: ['a1', 'a2', 'stop', 'run', 'b1'], waiting: 3, faults: everyFault, atMost: 1, drains: 1 },
    { sends: ['a1', 'a2', 'stop', 'run'], waiting: 3, faults: ['kill', 'pause', 'reply'], atMost: 2 },
  ],
};

export const otherWorlds: Worlds = {
  usual: [
    { sends: ['a1', 'edit', 'delete'], waiting: 1, faults: ['kill', 'pause', 'reply'], atMost: 1 },
    { sends: ['a1', 'edit', 'stop'], waiting: 1, faults: ['kill', 'pause', 'reply'], atMost: 1 },
    { sends: ['a1', 'a2', 'delete'], waiting: 1, faults: ['kill', 'pause', 'reply'], atMost: 1 },
    {
      sends: ['a1'],
      waiting: 1,
      faults: ['kill', 'start'],
      atMost: 3,
      tellsCauses: true,
      reopens: 1,
      settings: { circuitAfter: 2 },
    },
    { sends: ['a1'], faults: ['launcher', ...everyFault], atMost: 2, slowLauncher: true, wakesGetLost: true },
    { sends: ['a1', 'a1'], waiting: 1, faults: everyFault, atMost: 1, slowReading: true },
    { sends: ['a1', 'a2'], faults: ['pause', 'reply'], atMost: 1, slowReading: true },
    { sends: ['a1', 'a2', 'stop'], faults: everyFault, atMost: 1, settings: { maxBacklog: 1 } },
  ],
  larger: [
    {
      sends: ['a1', 'b1'],
      faults: ['kill', 'start'],
      atMost: 2,
      tellsCauses: true,
      reopens: 1,
      settings: { circuitAfter: 2 },
    },
    { sends: ['a1', 'a2', 'edit', 'delete'], waiting: 2, faults: everyFault, atMost: 1, drains: 1 },
  ],
};

/** Gone through with every guard in place by tests of their own. */
export const allPlaces: readonly Place[] = [
  storyWorlds,
  zombieWorlds,
  faultWorlds,
  failoverWorlds,
  heldWorlds,
  otherWorlds,
].flatMap(({ usual, larger }) => [...usual, ...larger]);
