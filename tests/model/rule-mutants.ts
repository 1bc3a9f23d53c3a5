// The rules of the processes, left out one at a time: the hand-made part of the world without one of them.
import { oneWaits, type Mutant, type Place } from './mutant.ts';
import { cut } from './script-text.ts';

const zombie = oneWaits(['pause']);
const killed = oneWaits(['kill']);
const failover: Place = { sends: ['a1'], replica: true, slowClock: true, faults: ['failover'], atMost: 1 };
const warmFailover: Place = { ...failover, sends: ['a1', 'a2'], warm: true };
const both: Place = { sends: ['a1', 'a2'], waiting: 2 };
const stopComes: Place = { sends: ['a1', 'stop'], waiting: 1, faults: ['kill'], atMost: 1 };
const held: Place = { sends: ['a1', 'a2', 'stop', 'run'], waiting: 4 };
const threeDeaths: Place = { sends: ['a1', 'b1'], waiting: 2, faults: ['kill'], atMost: 3 };

export const ruleMutants: Mutant[] = [
  {
    name: 'the exit is not atomic: empty is checked, then released',
    place: { sends: ['a1', 'a2'] },
    without: ['atomic release'],
    edits: cut('release', 'if n == 0 then', 'if true then'),
    unrepaired: ['sweeper'],
  },
  {
    name: 'the enqueue is not atomic: the lease is read, then it appends',
    place: { sends: ['a1', 'a2'] },
    without: ['atomic enqueue'],
    edits: cut('enqueue', 'local h = ', "if ARGV[4] == 'served' then return {verdict, '', '', id} end\nlocal h = "),
    unrepaired: ['sweeper'],
  },
  {
    name: 'there is no sweeper',
    place: { sends: ['a1'], wakesGetLost: true },
    without: ['sweeper'],
  },
  {
    name: 'there is no sweeper, an ingress dies',
    place: { sends: ['a1'], faults: ['vanish'], atMost: 1 },
    without: ['sweeper'],
  },
  { name: 'no claim of the manifest', place: zombie, without: ['claim'] },
  { name: 'no precondition on writes of the manifest', place: zombie, without: ['precondition'] },
  {
    name: 'a conflict at the claim gives up for good',
    place: oneWaits(['pause'], { sends: ['a1', 'a2'] }),
    without: ['claim again'],
  },
  { name: 'its own last write is taken for another’s', place: oneWaits(['reply']), without: ['own last write'] },
  { name: 'no checkpoint before the acknowledgement', place: oneWaits(), without: ['checkpoint before acknowledge'] },
  { name: 'the reply is posted before its checkpoint', place: killed, without: ['checkpoint before post'] },
  { name: 'Slack is told before the replica has it', place: failover, without: ['wait before slack is told'] },
  {
    name: 'a pod is made before its lease is on the replica',
    place: { ...failover, atMost: 2, faults: ['failover', 'kill'] },
    without: ['settle before a pod is made'],
  },
  { name: 'an order other than that of appending', place: both, without: ['order of a session'] },
  {
    name: 'coverage by the highest id',
    place: oneWaits(['kill'], { sends: ['a1', 'b1'], waiting: 2 }),
    without: ['coverage by identity'],
  },
  { name: 'coverage is not looked up before a turn', place: killed, without: ['coverage looked up before begin'] },
  {
    name: 'the inbox is read from the highest id on, never as a whole',
    place: warmFailover,
    without: ['whole reading'],
  },
  {
    name: 'a turn begins before the whole inbox was read',
    place: { sends: ['a1', 'stop'], waiting: 2 },
    without: ['whole reading before the first turn'],
  },
  {
    name: 'a turn begins though its stop is in hand',
    place: { sends: ['a1', 'stop'], waiting: 2 },
    without: ['controls before prompts'],
  },
  { name: 'no own deadline before a post', place: oneWaits(['pause']), without: ['deadline before a post'] },
  {
    name: 'no renewal before a post, a failover',
    place: { ...failover, faults: ['failover', 'twin'], atMost: 2 },
    without: ['renew before a post'],
  },
  {
    name: 'no renewal before a post, a jump of the clock',
    place: oneWaits(['clock']),
    without: ['renew before a post'],
  },
  {
    name: 'no renewal before a post, a node that was cut off',
    place: oneWaits(['false end']),
    without: ['renew before a post'],
  },
  { name: 'what may have been posted is not read back, a takeover', place: killed, without: ['read back'] },
  {
    name: 'what may have been posted is not read back, an answer lost',
    place: oneWaits(['reply']),
    without: ['read back'],
  },
  { name: 'a stop is acknowledged when it acts', place: stopComes, without: ['control acknowledged after its write'] },
  { name: 'a stop is not covered with what it stopped', place: stopComes, without: ['control covered'] },
  {
    name: 'a stop leaves what waits behind the running turn',
    place: { ...stopComes, sends: ['a1', 'a2', 'stop'], waiting: 2 },
    without: ['stop takes what waits'],
  },
  {
    name: '“nothing to stop” is said without a write',
    place: { sends: ['stop'], faults: ['kill'], atMost: 1 },
    without: ['nothing to stop is covered'],
  },
  {
    name: 'what waits behind a stop is not held with it',
    place: { sends: ['a1', 'a2', 'stop'], waiting: 3 },
    without: ['what waits is held with its stop'],
  },
  { name: 'what was held and is answered stays held', place: held, without: ['what is answered is held no longer'] },
  {
    name: 'Run now is settled before all that it revived is answered',
    place: held,
    without: ['run now stays until all are answered'],
  },
  {
    name: 'an edit is settled before its prompt',
    place: { sends: ['a1', 'edit'], waiting: 2 },
    without: ['edit stays with its prompt'],
  },
  { name: 'the third try runs beside others', place: threeDeaths, without: ['third try alone'] },
  { name: 'no dead letter before a fourth try', place: oneWaits(['kill'], { atMost: 3 }), without: ['dead letter'] },
  { name: 'a second pod that finds the lease taken exits 0', place: oneWaits(['twin']), without: ['busy exits 75'] },
  {
    name: 'a task goes on after the release of a drain',
    place: oneWaits([], { drains: 1 }),
    without: ['nothing after the release'],
    unrepaired: ['renew before a post'],
  },
  {
    name: 'a finished pod of the same generation is not classified',
    place: failover,
    without: ['end of the same generation'],
  },
  {
    name: 'the pod of an older generation keeps the name',
    place: { sends: ['a1', 'a2'] },
    without: ['old pod leaves the name'],
  },
  { name: 'ends of pods are not told to their lease', place: oneWaits(['start', 'kill']), without: ['ends are told'] },
  {
    name: 'a cause is told without looking whether it was',
    place: oneWaits(['kill'], { tellsCauses: true }),
    without: ['teller reads back'],
  },
  {
    name: 'a cause is marked as told before it was said',
    place: oneWaits(['kill'], { tellsCauses: true }),
    without: ['told after it was said'],
  },
];
