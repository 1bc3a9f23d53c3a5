// The door `@runnel/ingress/serving`: the stages of ingress, for whoever brings ports of their own: tests that need thousands of messages.
export { appendEntry } from './append-entry.ts';
export { wakeRunner } from './wake-runner.ts';
