// What an exploration found, for people: a line of a table, and the trace that leads to a fault.
import type { Report } from './explore.ts';
import { describePlace } from './mutant.ts';

/** `state space | world | states | transitions | calls | depth | seconds | verdict`. */
export function tellReport(report: Report): void {
  const { world, states, transitions, calls, depth, seconds, fault, isComplete } = report;
  const safe = isComplete ? 'safe, nothing stranded' : 'safe so far, not complete';
  const verdict = fault === undefined ? safe : `${fault.what}: ${tellTrace(fault.trace)}`;
  const name = world.name === '' ? describePlace(world) : world.name;
  const figures = [states, transitions, calls, depth, seconds.toFixed(1)];
  process.stdout.write(`state space | ${name} | ${figures.join(' | ')} | ${verdict}\n`);
}

/** Empty when the world is safe. */
export function tellFault({ fault }: Report): string {
  return fault === undefined ? '' : `${fault.what}\n  ${fault.trace.join('\n  ')}`;
}

/** What one process does without another one in between is said in one breath. */
function tellTrace(trace: readonly string[]): string {
  const said: string[] = [];
  let last = '';
  for (const label of trace) {
    const [actor = ''] = /^(runner g\d+\w?|launcher|ingress|sweeper:)(?= )/.exec(label) ?? [];
    if (actor !== '' && actor === last) said.push(`${said.pop() ?? ''}, ${label.slice(actor.length + 1)}`);
    else said.push(label);
    last = actor;
  }
  return said.join(' · ');
}
