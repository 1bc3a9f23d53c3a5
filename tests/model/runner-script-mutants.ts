// Every guard inside the scripts that a runner calls, taken out one at a time by an edit of the shipped text.
import { oneWaits, type Mutant, type Place } from './mutant.ts';
import { cut } from './script-text.ts';

const killed = oneWaits(['kill']);
const twins = oneWaits(['twin', 'kill'], { atMost: 2 });
const handedOver = oneWaits(['kill'], { drains: 1 });
const failover: Place = { sends: ['a1'], replica: true, slowClock: true, faults: ['failover'], atMost: 1 };
const warmFailover: Place = { ...failover, sends: ['a1', 'a2'], warm: true };
/** An id is given again, to a message of the other thread. */
const givenAgain: Place = { ...failover, sendsBeside: ['b1'], warm: true };
/** Two pods of one launch have acquired it, one before the failover and one after it. */
const acquiredTwice: Place = { ...failover, faults: ['failover', 'twin'], atMost: 2 };
/** A runner that does not know yet that its lease ran out. */
const unaware = oneWaits(['clock']);

const FENCE = "h[1] ~= 'running' or h[2] ~= ARGV[1] or h[3] ~= ARGV[2] or tonumber(h[4]) < now";
const GENERATION = ' or h[2] ~= ARGV[1]';
const OWNER = ' or h[3] ~= ARGV[2]';
const DEADLINE = ' or tonumber(h[4]) < now';

/** The four fences of the runner's verbs: whole, and guard by guard. */
const fences = (['begin', 'acknowledge', 'release'] as const).flatMap((verb): Mutant[] => {
  const place = verb === 'release' ? oneWaits(['clock'], { drains: 1 }) : unaware;
  return [
    { name: `${verb}: no fence`, place, edits: cut(verb, FENCE, 'false') },
    { name: `${verb}: no generation`, place, edits: cut(verb, GENERATION) },
    { name: `${verb}: no owner`, place: acquiredTwice, edits: cut(verb, OWNER), byContract: true },
    { name: `${verb}: no deadline`, place, edits: cut(verb, DEADLINE), byContract: true },
  ];
});

const acquire: Mutant[] = [
  { name: 'acquire: no generation', place: twins, edits: cut('acquire', 'h[2] ~= ARGV[1] or '), byContract: true },
  {
    name: 'acquire: an idle lease can be had',
    place: twins,
    edits: cut('acquire', " or h[1] == 'idle'"),
    byContract: true,
  },
  {
    name: 'acquire: a second pod takes the lease of the first',
    place: twins,
    edits: cut('acquire', "if h[1] == 'running' and h[3] ~= ARGV[2] then return 'busy' end\n"),
    byContract: true,
  },
  {
    name: 'acquire: its own lease is refused when the answer was lost',
    place: oneWaits(['reply']),
    edits: cut('acquire', "h[1] == 'running' and h[3] ~= ARGV[2]", "h[1] == 'running'"),
    byContract: true,
  },
];

const begin: Mutant[] = [
  {
    name: 'begin: what is gone is begun',
    place: warmFailover,
    edits: cut('begin', "if not e[1] or e[1][2][2] ~= ARGV[4] then return {'gone'} end\n"),
  },
  {
    name: 'begin: an id that was given again is taken for the old one',
    place: givenAgain,
    edits: cut('begin', ' or e[1][2][2] ~= ARGV[4]'),
    byContract: true,
  },
  {
    name: 'begin: a lost answer counts a second try',
    place: oneWaits(['reply']),
    edits: cut('begin', "if redis.call('HGET', KEYS[3], 'open:' .. ARGV[3]) == ARGV[1] then", 'if false then'),
  },
  {
    name: 'begin: a try of an earlier generation counts for this one',
    place: killed,
    edits: cut('begin', "'open:' .. ARGV[3]) == ARGV[1] then", "'open:' .. ARGV[3]) then"),
  },
  {
    name: 'begin: leaves no open mark',
    place: oneWaits([], { drains: 1 }),
    edits: cut('begin', "redis.call('HSET', KEYS[3], 'open:' .. ARGV[3], ARGV[1])\n"),
  },
];

const acknowledge: Mutant[] = [
  {
    name: 'acknowledge: the identity is not looked at',
    place: { sends: ['a1', 'a2', 'stop', 'run'], waiting: 4 },
    edits: cut('acknowledge', ' and e[1][2][2] == ARGV[i + 1]'),
  },
  {
    name: 'acknowledge: deletes nothing',
    place: oneWaits(),
    edits: cut('acknowledge', "    redis.call('XDEL', KEYS[2], ARGV[i])\n"),
  },
  {
    name: 'acknowledge: keeps the tries',
    place: oneWaits(),
    edits: cut('acknowledge', "ARGV[i], 'open:' .. ARGV[i], ", "'open:' .. ARGV[i], "),
  },
  {
    name: 'acknowledge: keeps how often a try was taken back',
    place: oneWaits([], { drains: 1 }),
    edits: cut('acknowledge', ", 'back:' .. ARGV[i]"),
  },
  {
    name: 'acknowledge: keeps failures and back-off',
    place: killed,
    edits: cut('acknowledge', "redis.call('HDEL', KEYS[1], 'failures', 'notBefore')\n"),
    byContract: true,
  },
  {
    name: 'acknowledge: loses a dead letter',
    place: oneWaits(['kill'], { atMost: 3 }),
    edits: cut('acknowledge', "if ARGV[3] ~= '' then", 'if false then'),
  },
  {
    name: 'acknowledge: makes a dead letter of everything',
    place: oneWaits(),
    edits: cut('acknowledge', "if ARGV[3] ~= '' then", 'if true then'),
    byContract: true,
  },
];

const renew: Mutant[] = [
  {
    name: 'renew: no generation',
    place: unaware,
    edits: cut('renew', "if h[2] ~= ARGV[1] then return 'lost' end\n"),
  },
  { name: 'renew: no owner', place: acquiredTwice, edits: cut('renew', ' and h[3] == ARGV[2]'), byContract: true },
  {
    name: 'renew: a lease that ran out is renewed',
    place: oneWaits(['clock']),
    edits: cut('renew', ' and tonumber(h[4]) >= now'),
    byContract: true,
  },
  {
    name: 'renew: an acquire that was rolled back is not adopted again',
    place: failover,
    edits: cut('renew', "not ours and h[1] ~= 'launching'", 'not ours'),
    byContract: true,
  },
  {
    name: 'renew: an idle lease is adopted',
    place: oneWaits(['false end']),
    edits: cut('renew', "not ours and h[1] ~= 'launching'", "not ours and h[1] == 'running'"),
    byContract: true,
  },
];

const release: Mutant[] = [
  {
    name: 'release: a backlog is released',
    place: { sends: ['a1', 'a2'], waiting: 1 },
    edits: cut('release', 'if n == 0 then', 'if true then'),
  },
  {
    name: 'release: an idle runner hands over',
    place: { sends: ['a1', 'a2'], waiting: 1 },
    edits: cut('release', "if ARGV[3] == 'idle' then return {'busy', n} end\n"),
    byContract: true,
  },
  {
    name: 'release: tries of a drained runner count',
    place: oneWaits([], { drains: 1 }),
    edits: cut('release', 'if f[i + 1] == ARGV[1] then', 'if false then'),
  },
  {
    name: 'release: a try is taken back too seldom',
    place: oneWaits([], { drains: 1 }),
    edits: cut('release', 'back <= tonumber(ARGV[4])', 'false'),
  },
  {
    name: 'release: tries of others are taken back too',
    place: handedOver,
    edits: cut('release', 'if f[i + 1] == ARGV[1] then', 'if true then'),
  },
  {
    name: 'release: the generation is not advanced',
    place: oneWaits([], { drains: 1, slowClock: true }),
    edits: cut('release', 'tonumber(h[2]) + 1', 'tonumber(h[2])'),
    byContract: true,
  },
];

export const runnerScriptMutants: readonly Mutant[] = [
  ...acquire,
  ...begin,
  ...acknowledge,
  ...renew,
  ...release,
  ...fences,
];

/**
 * Guards that nothing can reach, because another one stands before them: every script that leaves `running` empties the
 * owner and the deadline too, so that who is not running is never the owner. They are kept: they say what is meant.
 */
export const superfluousGuards: readonly Mutant[] = (['begin', 'acknowledge', 'release'] as const)
  .map((verb): Mutant => ({
    name: `${verb}: no state`,
    place: acquiredTwice,
    edits: cut(verb, "h[1] ~= 'running' or "),
  }))
  .concat({ name: 'renew: no state', place: acquiredTwice, edits: cut('renew', "h[1] == 'running' and ") });
