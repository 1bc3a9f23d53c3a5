// What has really happened after a call, kept beside what the keys say.
import type { Call, Outcome, Verb } from './calls.ts';
import type { Store, TrueTries, Truth } from './state.ts';

type Called = {
  readonly call: Call;
  readonly answer: Outcome['answer'];
  readonly before: Store['keys'];
  readonly after: Store['keys'];
};

export function storeAfter({ keys, truth }: Store, call: Call, { keys: after, answer }: Outcome): Store {
  const change = CHANGES[call.verb]?.(truth, { call, answer, before: keys, after });
  return { keys: after, truth: change === undefined ? truth : { ...truth, ...change } };
}

type Change = (truth: Truth, called: Called) => Partial<Truth> | undefined;

const CHANGES: Partial<Readonly<Record<Verb, Change>>> = {
  acquire: (_, { call, answer }) => (answer.kind === 'ok' ? { holder: holderIn(call) } : undefined),
  renew: (_, { call, answer, before }) =>
    answer.kind === 'ok' && before.state === 'launching' ? { holder: holderIn(call) } : undefined,
  begin: ({ tries }, { call, answer }) => (answer.kind === 'try' ? { tries: begun(tries, call) } : undefined),
  acknowledge: acknowledged,
  release({ tries }, { call, answer }) {
    if (answer.kind === 'released') return { tries: [] };
    return answer.kind === 'handoff' ? { tries: takenBack(tries, call) } : undefined;
  },
  end: ({ tries }, { call, answer }) =>
    answer.kind === 'ended' && call.words?.[0] === 'uncounted' ? { tries: takenBack(tries, call) } : undefined,
};

function holderIn({ generation = 0, owner = '' }: Call): Truth['holder'] {
  return { generation, owner };
}

function acknowledged(truth: Truth, { before, after }: Called): Partial<Truth> {
  const gone = before.inbox.filter(({ id }) => !after.inbox.some((one) => one.id === id));
  const isGone = (id: number): boolean => gone.some((one) => one.id === id);
  const names = gone.map(({ name }) => name).filter((name) => !truth.acknowledged.includes(name));
  return {
    tries: truth.tries.filter(({ id }) => !isGone(id)),
    acknowledged: [...truth.acknowledged, ...names].toSorted(),
    alone: truth.alone.filter((alone) => !gone.some(({ name }) => alone === name || alone.endsWith(`~${name}`))),
  };
}

function begun(tries: readonly TrueTries[], { entries = [], generation = 0 }: Call): readonly TrueTries[] {
  const id = entries[0]?.id ?? 0;
  const before = tries.find((one) => one.id === id) ?? { id, n: 0, open: [] };
  if (before.open.includes(generation)) return tries;
  const now = { id, n: before.n + 1, open: [...before.open, generation].toSorted((one, other) => one - other) };
  return [...tries.filter((one) => one.id !== id), now].toSorted((one, other) => one.id - other.id);
}

/** Nothing that a runner had open when it was sent away counts as tried. */
function takenBack(tries: readonly TrueTries[], { generation = 0 }: Call): TrueTries[] {
  return tries
    .map(({ id, n, open }) => ({ id, n: open.includes(generation) ? n - 1 : n, open: [] }))
    .filter(({ n }) => n > 0);
}
