// Stage: an agent's text as events, few enough for everybody who listens however much it writes.
import type { EventDraft } from '@runnel/shared';

const PAUSE_MS = 250;
/** Of what comes within one pause the end is kept: it is what a person would see. */
const KEPT_CHARACTERS = 4_000;

export type TextRelay = Disposable & { add(text: string): void };

export function relayText(about: Pick<EventDraft, 'session' | 'turn'>, tell: (draft: EventDraft) => void): TextRelay {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (pending !== '') tell({ type: 'agent.text', ...about, data: { text: pending } });
    pending = '';
  };
  return {
    add(text) {
      pending = (pending + text).slice(-KEPT_CHARACTERS);
      timer ??= setTimeout(flush, PAUSE_MS);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      flush();
    },
  };
}
