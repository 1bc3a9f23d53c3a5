// Listens to the steps of a host's runners: strikes some of them there, and reports those that only the holder of a lease can take.
import { stepChannel, type Holder, type Step, type StepName } from '@runnel/shared';
import type { Dice } from './dice.ts';
import type { Strike } from './fault-counts.ts';
import { monotonicMs } from './monotonic-clock.ts';
import { cutAfterSend } from './runner-connections.ts';
import type { RunnerLife } from './runner-life.ts';
import type { TakenStep } from './soak-verbs.ts';

export type StepWatch = {
  readonly dice: Dice;
  readonly strike: Strike;
  readonly lifeOf: (owner: string) => RunnerLife | undefined;
  readonly onChangedHands: (step: TakenStep) => void;
  readonly onTaken: (step: TakenStep) => void;
};

type Blow = 'crash-runner' | 'vanish-runner' | 'evict-runner' | 'drain-runner';

/** Of all prompts, or of all lives where a step knows of no prompt. */
const BLOWS: readonly { readonly kind: Blow; readonly chance: number }[] = [
  { kind: 'crash-runner', chance: 0.008 },
  { kind: 'vanish-runner', chance: 0.001 },
  { kind: 'evict-runner', chance: 0.004 },
  { kind: 'drain-runner', chance: 0.004 },
];
const LOST_ANSWER = 0.0008;

/** Where a blow may fall. */
const OF_A_PROMPT: readonly StepName[] = ['begin', 'run', 'manifest', 'post', 'acknowledge'];
const OF_A_LIFE: readonly StepName[] = ['acquire', 'claim', 'read', 'release'];
const SCRIPTS = new Set<StepName>(['acquire', 'begin', 'acknowledge', 'release']);

const CHANGES_HANDS = new Set<StepName>(['acquire', 'claim', 'release']);

/** Taken means: a fenced script, or the store, said yes. */
const YES: Partial<Record<StepName, (result: unknown) => boolean>> = {
  acquire: (result) => result === 'ok',
  claim: (result) => result !== undefined,
  begin: (result) => (result as { kind: string }).kind === 'try',
  acknowledge: (result) => result === 'ok',
  renew: (result) => result === 'ok',
  release: (result) => ['released', 'handoff'].includes((result as { kind: string }).kind),
};

export function watchSteps(watch: StepWatch): void {
  const started = new WeakMap<Step, number>();
  const at = (step: Step, edge: 'before' | 'after'): void => {
    const life = step.owner === undefined ? undefined : watch.lifeOf(step.owner);
    if (life === undefined || life.isDead) return;
    if (edge === 'before' && SCRIPTS.has(step.name)) loseAnswer(watch, life, step);
    strikeLife(watch, life, { step, edge });
  };
  stepChannel.start.subscribe((message) => {
    const step = message as Step;
    started.set(step, monotonicMs());
    at(step, 'before');
  });
  stepChannel.asyncEnd.subscribe((message) => {
    const step = message as Step;
    const { name, user, generation, owner, result } = step;
    const startedAt = started.get(step);
    if (user !== undefined && generation !== undefined && owner !== undefined && startedAt !== undefined) {
      if (step.error === undefined && YES[name]?.(result) === true) {
        report(watch, { name, holder: { user, generation, owner }, startedAt, endedAt: monotonicMs() });
      }
    }
    at(step, 'after');
  });
}

function report({ onChangedHands, onTaken }: StepWatch, step: TakenStep): void {
  if (CHANGES_HANDS.has(step.name)) onChangedHands(step);
  else onTaken(step);
}

function loseAnswer({ strike }: StepWatch, life: RunnerLife, { name, identities = [] }: Step): void {
  const { user, number } = life.order;
  if (strike('lose-answer', LOST_ANSWER, name, user, number, ...identities)) cutAfterSend(life.commands);
}

function strikeLife({ dice, strike }: StepWatch, life: RunnerLife, at: { step: Step; edge: 'before' | 'after' }): void {
  const { step, edge } = at;
  const { user, number } = life.order;
  const steps = step.identities === undefined ? OF_A_LIFE : OF_A_PROMPT;
  if (!steps.includes(step.name)) return;
  const about = step.identities === undefined ? [user, number] : [step.identities[0] ?? '', number];
  for (const { kind, chance } of BLOWS) {
    // Which step it is, and whether before or after, is decided once for each message.
    if (dice.pick(steps, kind, 'step', ...about) !== step.name) continue;
    if ((dice.roll(kind, 'edge', ...about) < 0.5 ? 'before' : 'after') !== edge) continue;
    if (!strike(kind, chance, ...about)) continue;
    return fell(life, kind);
  }
}

function fell(life: RunnerLife, kind: Blow): void {
  const holder: Holder = life.order;
  if (kind === 'drain-runner') life.drain();
  if (kind === 'crash-runner') life.die({ owner: holder.owner, reason: 'killed' });
  // SIGTERM, and gone before it had drained: not counted.
  if (kind === 'evict-runner') life.die({ owner: holder.owner, reason: 'exited', exitCode: 143 });
  if (kind === 'vanish-runner') life.die('vanished');
}
