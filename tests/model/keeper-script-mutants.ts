// Every guard inside the scripts of ingress and launcher, taken out one at a time by an edit of the shipped text.
import { oneWaits, type Mutant, type Place } from './mutant.ts';
import { cut } from './script-text.ts';

const killed = oneWaits(['kill']);
const twins = oneWaits(['twin', 'kill'], { atMost: 2 });
const told = oneWaits(['kill'], { tellsCauses: true });
const full: Place = { sends: ['a1', 'a2', 'stop'], waiting: 1, settings: { maxBacklog: 1 } };
const circuit = oneWaits(['kill', 'start'], { atMost: 2, reopens: 1, settings: { circuitAfter: 2 } });

const enqueue: Mutant[] = [
  {
    name: 'enqueue: a duplicate is appended again',
    place: { sends: ['a1', 'a1'], waiting: 1 },
    edits: cut('enqueue', "if id then verdict = 'duplicate'\nelseif", 'if'),
  },
  {
    name: 'enqueue: what was appended is not marked as seen',
    place: { sends: ['a1', 'a1'], waiting: 1 },
    edits: cut('enqueue', "  redis.call('SET', KEYS[1], id, 'PX', ARGV[5])\n"),
  },
  {
    name: 'enqueue: a full inbox takes prompts',
    place: full,
    edits: cut('enqueue', "redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[6])", 'false'),
    byContract: true,
  },
  {
    name: 'enqueue: a full inbox refuses controls',
    place: full,
    edits: cut('enqueue', "ARGV[3] == 'prompt' and "),
    byContract: true,
  },
  {
    name: 'enqueue: no mark for the sweeper',
    place: { sends: ['a1'], wakesGetLost: true },
    edits: cut('enqueue', "if backlog then redis.call('ZADD', KEYS[4], 'NX', now, ARGV[1]) end"),
  },
  {
    name: 'enqueue: a launch under way is replaced',
    place: { sends: ['a1', 'a2'] },
    edits: cut('enqueue', "if h[1] == 'launching' then return {verdict, 'wake', h[2], id} end\n"),
    byContract: true,
  },
  {
    name: 'enqueue: a live lease is taken',
    place: { sends: ['a1', 'b1'] },
    edits: cut('enqueue', "if h[1] == 'running' and tonumber(h[3]) >= now then return {verdict, '', '', id} end\n"),
    byContract: true,
  },
  {
    name: 'enqueue: a lease that ran out counts as live',
    place: { sends: ['a1'], warm: true, faults: ['vanish'], atMost: 1 },
    edits: cut('enqueue', "'running' and tonumber(h[3]) >= now", "'running'"),
    byContract: true,
  },
  {
    name: 'enqueue: launches for an empty inbox',
    place: { sends: ['a1', 'a1'] },
    edits: cut('enqueue', "if not backlog then return {verdict, '', '', id} end\n"),
    byContract: true,
  },
  {
    name: 'enqueue: launches while backing off',
    place: { sends: ['a1', 'a2'], faults: ['kill'], atMost: 1 },
    edits: cut('enqueue', "if tonumber(h[4] or 0) > now then return {verdict, 'waits', h[4], id} end\n"),
    byContract: true,
  },
  {
    name: 'enqueue: the generation is not advanced',
    place: { sends: ['a1', 'a2'], slowClock: true },
    edits: cut('enqueue', 'tonumber(h[2] or 0) + 1', 'tonumber(h[2] or 0)'),
    byContract: true,
  },
];

const end: Mutant[] = [
  {
    name: 'end: no generation',
    place: oneWaits(['pause', 'kill'], { atMost: 2 }),
    edits: cut('end', 'h[2] ~= ARGV[1] or '),
  },
  {
    name: 'end: no owner',
    place: twins,
    edits: cut('end', "h[1] == 'running' and h[3] == ARGV[2]", "h[1] == 'running'"),
    byContract: true,
  },
  {
    name: 'end: of a lease that is idle',
    place: oneWaits(['kill']),
    edits: cut(
      'end',
      "(h[1] == 'launching' or (h[1] == 'running' and h[3] == ARGV[2]))",
      "(h[1] ~= 'running' or h[3] == ARGV[2])",
    ),
    byContract: true,
  },
  {
    name: 'end: a failure is not counted',
    place: killed,
    edits: cut('end', "if ARGV[3] == 'counted' then", 'if false then'),
  },
  {
    name: 'end: the circuit never opens',
    place: circuit,
    edits: cut('end', 'n >= tonumber(ARGV[7])', 'false'),
    byContract: true,
  },
  {
    name: 'end: the cause is not kept',
    place: told,
    edits: cut('end', "if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'cause', ARGV[1] .. ' ' .. ARGV[4]) end\n"),
    byContract: true,
  },
  {
    name: 'end: tries of an evicted runner count',
    place: oneWaits(['evict']),
    edits: cut('end', 'if f[i + 1] == ARGV[1] then', 'if false then'),
  },
  {
    name: 'end: tries of others are taken back too',
    place: oneWaits(['kill', 'evict'], { atMost: 2 }),
    edits: cut('end', 'if f[i + 1] == ARGV[1] then', 'if true then'),
  },
  {
    name: 'end: launches for an empty inbox',
    place: { sends: ['a1'], warm: true, faults: ['evict'], atMost: 1 },
    edits: cut('end', "if redis.call('XLEN', KEYS[2]) == 0 then return {'ended', '', '', ''} end\n"),
    byContract: true,
  },
  {
    name: 'end: the generation is not advanced',
    place: oneWaits(['evict'], { slowClock: true }),
    edits: cut('end', 'tonumber(h[2]) + 1', 'tonumber(h[2])'),
  },
];

const reopen: Mutant[] = [
  {
    name: 'reopen: keeps failures and back-off',
    place: circuit,
    edits: cut('reopen', "'failures', 'notBefore')", "'')"),
    byContract: true,
  },
  {
    name: 'reopen: a launch under way is replaced',
    place: circuit,
    edits: cut('reopen', "if h[1] == 'launching' then return {'wake', h[2]} end\n"),
    byContract: true,
  },
  {
    name: 'reopen: a live lease is taken',
    place: circuit,
    edits: cut('reopen', "if h[1] == 'running' and tonumber(h[3]) >= now then return {'clean', ''} end\n"),
    byContract: true,
  },
  {
    name: 'reopen: a lease that ran out counts as live',
    place: oneWaits(['vanish'], { reopens: 1 }),
    edits: cut('reopen', ' and tonumber(h[3]) >= now'),
    byContract: true,
  },
  {
    name: 'reopen: launches for an empty inbox',
    place: circuit,
    edits: cut('reopen', "if redis.call('XLEN', KEYS[2]) == 0 then return {'clean', ''} end\n"),
    byContract: true,
  },
  {
    name: 'reopen: the generation is not advanced',
    place: oneWaits(['kill'], { reopens: 1, slowClock: true }),
    edits: cut('reopen', 'tonumber(h[2] or 0) + 1', 'tonumber(h[2] or 0)'),
    byContract: true,
  },
];

const sweep: Mutant[] = [
  {
    name: 'sweep: any sweep marks a cause as told',
    place: told,
    edits: cut('sweep', "cause ~= '' and cause == ARGV[2]", "cause ~= ''"),
  },
  {
    name: 'sweep: a cause that was told stays',
    place: told,
    edits: cut('sweep', "cause ~= '' and cause == ARGV[2]", 'false'),
    byContract: true,
  },
  {
    name: 'sweep: a live lease is taken',
    place: oneWaits(),
    edits: cut('sweep', "if h[1] == 'running' and tonumber(h[3]) >= now then return {'live', '', cause} end\n"),
    byContract: true,
  },
  {
    name: 'sweep: a lease that ran out counts as live',
    place: oneWaits(['vanish']),
    edits: cut('sweep', ' and tonumber(h[3]) >= now'),
  },
  {
    name: 'sweep: a launch under way is replaced',
    place: oneWaits(),
    edits: cut('sweep', "if h[1] == 'launching' then return {'wake', h[2], cause} end\n"),
    byContract: true,
  },
  {
    name: 'sweep: says nothing of a launch under way',
    place: { sends: ['a1'], wakesGetLost: true },
    edits: cut('sweep', "{'wake', h[2], cause}", "{'live', '', cause}"),
  },
  {
    name: 'sweep: launches for an empty inbox',
    place: oneWaits(),
    edits: cut('sweep', "if redis.call('XLEN', KEYS[2]) == 0 then", 'if false then'),
    byContract: true,
  },
  {
    name: 'sweep: removes the mark of a backlog',
    place: killed,
    edits: cut(
      'sweep',
      'if tonumber(h[4] or 0) > now',
      "redis.call('ZREM', KEYS[3], ARGV[1])\nif tonumber(h[4] or 0) > now",
    ),
  },
  {
    name: 'sweep: launches while backing off',
    place: killed,
    edits: cut('sweep', "if tonumber(h[4] or 0) > now then return {'waits', h[4], cause} end\n"),
    byContract: true,
  },
  {
    name: 'sweep: the generation is not advanced',
    place: oneWaits(['kill'], { slowClock: true }),
    edits: cut('sweep', 'tonumber(h[2] or 0) + 1', 'tonumber(h[2] or 0)'),
    byContract: true,
  },
];

export const keeperScriptMutants: readonly Mutant[] = [...enqueue, ...end, ...reopen, ...sweep];
