// What an answer says, told by its words alone, as a person would.
import { spoken } from '@runnel/runner/serving';

/** Messages that an answer names: those that wait for a choice now, and those that will never be run. */
export type Named = { readonly held: readonly number[]; readonly dropped: readonly number[] };

export type Answer = Named &
  /** A turn answered: which message, and whose files it found. */
  (
    | { readonly kind: 'turn'; readonly of: number; readonly after: number }
    | { readonly kind: 'stopped' | 'canceled' | 'dead' | 'discarded' | 'too late' | 'notice' | 'odd' }
  );

const NOBODY: Named = { held: [], dropped: [] };

/** What the agent of a soak answers a message with. */
export function sayTurn(of: number, after: number): string {
  return `m${of} after m${after}`;
}

/** What people write. An edit keeps the number. */
export function sayMessage(message: number, edit = 0): string {
  return edit === 0 ? `m${message}` : `m${message} edited ${edit}`;
}

/** The number of the message that a prompt's text names. */
export function readMessage(text: string): number {
  return Number(/^m(\d+)/.exec(text)?.[1] ?? 0);
}

export function readAnswer(text: string): Answer {
  const [, of, after] = /^m(\d+) after m(\d+)$/.exec(text) ?? [];
  if (of !== undefined && after !== undefined) return { kind: 'turn', of: Number(of), after: Number(after), ...NOBODY };
  if (/^Stopped by <@U\d+>\./.test(text)) return { kind: 'stopped', ...readLists(text) };
  if (/^Discarded by <@U\d+>:/.test(text)) return { kind: 'discarded', held: [], dropped: readList(text) };
  switch (text) {
    case spoken.canceledByDelete:
      return { kind: 'canceled', ...NOBODY };
    case spoken.deadLetter:
      return { kind: 'dead', ...NOBODY };
    case spoken.oldButton:
      return { kind: 'too late', ...NOBODY };
    case spoken.nothingToStop:
    case spoken.editWhileRunning:
      return { kind: 'notice', ...NOBODY };
    default:
      return { kind: 'odd', ...NOBODY };
  }
}

function readLists(text: string): Named {
  const parts = text.split('\n\n');
  const of = (head: RegExp): number[] => parts.filter((part) => head.test(part)).flatMap(readList);
  return {
    held: of(/^(This message waits|These messages wait) for your choice:/),
    dropped: of(/^No more messages can wait/),
  };
}

function readList(part: string): number[] {
  return [...part.matchAll(/^- m(\d+)/gm)].map(([, number]) => Number(number));
}
