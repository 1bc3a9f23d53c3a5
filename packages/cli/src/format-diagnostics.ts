// All that is known about a runner, as a person reads it.
import { formatTable } from './format-table.ts';
import type { ContainerState, DiagnosedContainer, DiagnosedPod, Diagnostics } from './operations.ts';
import { sayDuration } from './say-duration.ts';
import { sayTime } from './say-time.ts';

export function formatDiagnostics(found: Diagnostics): string {
  const { name, user, at, pod, ended, unknown } = found;
  const missing = Object.entries(unknown).map(([what, why]) => `Not found out: ${what} (${why})`);
  const parts = [
    `Runner ${name} of ${user}, on ${new Date(at).toISOString().slice(0, 10)} at ${sayTime(at)} UTC`,
    formatTable(circumstances(found)),
    ...(pod === undefined ? [] : [formatPod('Pod', pod, at)]),
    ...(pod === undefined && unknown['pod'] === undefined ? ['There is no pod.'] : []),
    ...(ended === undefined ? [] : [formatPod('The last one that ended: pod', ended, at)]),
    ...missing,
  ];
  return `${withoutControls(parts.join('\n\n'))}\n`;
}

/** What a runner wrote must not move the operator's cursor. */
function withoutControls(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, '\u{FFFD}');
}

function circumstances({ at, lease, backlog, launch = [] }: Diagnostics): string[][] {
  const oldest = backlog?.oldestAt === undefined ? '' : `, the oldest for ${sayDuration(at - backlog.oldestAt)}`;
  const stages = launch.map(({ stage, since }, index) => {
    const before = launch[index - 1];
    return `${stage} ${before === undefined ? sayTime(since) : `+${sayDuration(since - before.since)}`}`;
  });
  return [
    ['lease', lease === undefined ? 'unknown' : sayLease(lease)],
    ['backlog', backlog === undefined ? 'unknown' : `${backlog.entries} waiting${oldest}`],
    ['launch', stages.length === 0 ? 'in nobody’s hand' : stages.join(', ')],
  ];
}

function sayLease(lease: NonNullable<Diagnostics['lease']>): string {
  const { state, generation, owner, deadline, failures, notBefore, now } = lease;
  const left = deadline - now;
  const until = left > 0 ? `runs out in ${sayDuration(left)}` : `ran out ${sayDuration(-left)} ago`;
  const words = [
    generation === '0' ? state : `${state}, generation ${generation}`,
    ...(owner === '' ? [] : [`owner ${owner}`]),
    ...(state === 'running' ? [until] : []),
    ...(failures === 0 ? [] : [`failures in a row: ${failures}`]),
    ...(notBefore > now ? [`next start in ${sayDuration(notBefore - now)}`] : []),
  ];
  return words.join(', ');
}

function formatPod(title: string, pod: DiagnosedPod, at: number): string {
  const age = pod.createdAt === undefined ? '' : `, made ${sayDuration(at - pod.createdAt)} ago`;
  const node = pod.node === undefined ? '' : ` on ${pod.node}`;
  const end = pod.end === undefined ? '' : ` (${pod.end.reason})`;
  const conditions = pod.conditions.map(({ type, status, reason = '', message = '' }) => [
    type,
    status,
    reason,
    message,
  ]);
  const events = pod.events.map(({ at: seen, type, reason, count, message }) => [
    seen === undefined ? '' : sayTime(seen),
    type,
    count > 1 ? `${reason} (${count} times)` : reason,
    message,
  ]);
  return [
    `${title} ${pod.uid}, generation ${pod.generation}: ${pod.phase}${end}${node}${age}`,
    ...(conditions.length === 0 ? [] : ['  Conditions', indent(4, formatTable(conditions))]),
    ...pod.containers.map((container) => indent(2, formatContainer(container))),
    ...(events.length === 0 ? [] : ['  Events', indent(4, formatTable(events))]),
  ].join('\n');
}

function formatContainer(container: DiagnosedContainer): string {
  const { name, state, lastState, restarts, ready, image, imageId, pid, memoryBytes, logLines } = container;
  const facts = [
    sayState(state),
    ready ? 'ready' : 'not ready',
    ...(restarts === 0 ? [] : [`restarted ${restarts} times`]),
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(memoryBytes === undefined ? [] : [`${Math.round(memoryBytes / 1024 ** 2)} MiB of memory`]),
  ];
  return [
    `Container ${name}: ${facts.join(', ')}`,
    ...(lastState === undefined ? [] : [`  the time before: ${sayState(lastState)}`]),
    ...(image === undefined ? [] : [`  image ${image}`]),
    ...(imageId === undefined || imageId === '' ? [] : [`  image id ${imageId}`]),
    logLines.length > 0 ? indent(4, logLines.join('\n')) : `  ${sayNoLog(container)}`,
  ].join('\n');
}

function sayNoLog({ logFault }: DiagnosedContainer): string {
  return logFault === undefined ? 'it wrote nothing' : `what it wrote cannot be read: ${logFault}`;
}

function sayState(state: ContainerState): string {
  switch (state.kind) {
    case 'waiting':
      return ['waiting', ...details(state)].join(': ');
    case 'running':
      return state.since === undefined ? 'running' : `running since ${sayTime(state.since)}`;
    case 'ended': {
      const code = state.exitCode === undefined ? '' : ` with exit code ${state.exitCode}`;
      const at = state.at === undefined ? '' : ` at ${sayTime(state.at)}`;
      return [`ended${code}${at}`, ...details(state)].join(': ');
    }
  }
}

function details({
  reason = '',
  message = '',
}: {
  reason?: string | undefined;
  message?: string | undefined;
}): string[] {
  return [reason, message].filter((text) => text !== '');
}

function indent(by: number, text: string): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}
