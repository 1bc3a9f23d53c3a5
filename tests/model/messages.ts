// What a person can send in these worlds: two threads, A and B, and the controls of A.

export type Session = 'A' | 'B';

export type Message =
  | { readonly session: Session; readonly kind: 'prompt' | 'stop' }
  /** `revived`: a prompt that was held behind a stop and takes its turn in the place of the entry that chose so. */
  | {
      readonly session: Session;
      readonly kind: 'edit' | 'delete' | 'run' | 'discard' | 'revived';
      readonly target: string;
    };

/** By identity, which is also the message's name in a trace. */
const messages = {
  a1: { session: 'A', kind: 'prompt' },
  a2: { session: 'A', kind: 'prompt' },
  b1: { session: 'B', kind: 'prompt' },
  stop: { session: 'A', kind: 'stop' },
  halt: { session: 'A', kind: 'stop' },
  run: { session: 'A', kind: 'run', target: 'stop' },
  discard: { session: 'A', kind: 'discard', target: 'stop' },
  'a1~run': { session: 'A', kind: 'revived', target: 'a1' },
  'a2~run': { session: 'A', kind: 'revived', target: 'a2' },
  edit: { session: 'A', kind: 'edit', target: 'a1' },
  delete: { session: 'A', kind: 'delete', target: 'a1' },
} as const satisfies Record<string, Message>;

export type Name = keyof typeof messages;

/** What can be sent. */
export const allNames = (Object.keys(messages) as Name[]).filter((name) => messageOf(name).kind !== 'revived');

export function messageOf(name: Name): Message {
  return messages[name];
}

/** An entry as a runner has it in hand: its id in the stream, its identity. */
export type Ref = { readonly id: number; readonly name: Name };

export function isSame(one: Ref, other: Ref): boolean {
  return one.id === other.id && one.name === other.name;
}

export function has(refs: readonly Ref[], ref: Ref): boolean {
  return refs.some((one) => isSame(one, ref));
}

export function writeRefs(refs: readonly Ref[]): string {
  return refs.map((ref) => `${ref.id}${ref.name}`).join(' ');
}
