// Faults that strike a process at a step, and what was struck: the hand on the other side of `strike-at-step.mjs`.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StepName, UserKey } from '@runnel/shared';

export type Act =
  | { readonly act: 'kill' | 'stop'; readonly when: 'before' | 'after' }
  | { readonly act: 'delay'; readonly when: 'before'; readonly delayMs: number }
  /** Goes on when the gate opens, and a little later: so that two processes are at their steps in the same moment. */
  | { readonly act: 'meet'; readonly when: 'before'; readonly gate: string; readonly delayMs: number }
  /** Its sockets to Redis break: what it asked was sent, the answer is lost. */
  | { readonly act: 'cut'; readonly when: 'amid' };

export type Fault = Act & {
  readonly process: 'ingress' | 'launcher' | 'runner';
  readonly step: StepName;
  readonly source?: string;
  /** At the so-manieth occurrence in one process. */
  readonly nth?: number;
  /** Somebody's user key or channel; anybody's without it. */
  readonly about?: readonly string[];
};

/** A step as a process wrote it down; `at` in milliseconds since 1970. */
export type StepLine = {
  readonly at: number;
  readonly pid: number;
  readonly process: 'ingress' | 'launcher' | 'runner';
  readonly name: StepName | 'started';
  /** `met`: it goes on from where it was to meet another one. */
  readonly moment?: 'before' | 'after' | 'met';
  readonly user?: UserKey;
  readonly generation?: string;
  readonly owner?: string;
  readonly source?: string;
  readonly identities?: readonly string[];
  readonly answer?: string;
  readonly failed?: string;
};

export type Strike = StepLine & { readonly id: string };

export class Faults {
  readonly #folder: string;
  readonly #read = new Map<string, number>();
  readonly #steps: StepLine[] = [];
  #armed = 0;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'runnel-faults-'));
    for (const name of ['drafts', 'armed', 'taken', 'steps']) mkdirSync(join(this.#folder, name));
  }

  /** For Node, so that a process can be struck. */
  get preload(): string {
    return `--import=${new URL(`strike-at-step.mjs?folder=${this.#folder}`, import.meta.url).href}`;
  }

  /** Strikes once, whichever process comes there first. Returns the fault's id. */
  arm(fault: Fault): string {
    const id = `${(this.#armed += 1)}`;
    const draft = join(this.#folder, 'drafts', id);
    writeFileSync(draft, JSON.stringify({ nth: 1, ...fault }));
    renameSync(draft, join(this.#folder, 'armed', id));
    return id;
  }

  struck(id: string): Strike | undefined {
    return this.strikes().find((strike) => strike.id === id);
  }

  strikes(): Strike[] {
    const file = join(this.#folder, 'struck.jsonl');
    return existsSync(file) ? (linesOf(readFileSync(file, 'utf8')) as Strike[]) : [];
  }

  openGate(gate: string): void {
    writeFileSync(join(this.#folder, gate), '');
  }

  /** All steps so far, in no order across processes. */
  steps(): readonly StepLine[] {
    for (const name of readdirSync(join(this.#folder, 'steps'))) {
      const file = join(this.#folder, 'steps', name);
      const from = this.#read.get(name) ?? 0;
      if (statSync(file).size === from) continue;
      const text = readFileSync(file, 'utf8');
      const whole = text.slice(from, text.lastIndexOf('\n') + 1);
      this.#read.set(name, from + whole.length);
      this.#steps.push(...(linesOf(whole) as StepLine[]));
    }
    return this.#steps;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}
