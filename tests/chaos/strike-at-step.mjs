// Preloaded into the processes of a fleet under test: it writes down every step they take and, at one that it was told of, kills,
// stops or delays its own process, cuts it from Redis, or has it wait for another one. A renewal thread has a copy of its own.
import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const folder = new URL(import.meta.url).searchParams.get('folder');
// From its sources, or bundled.
const [, kind = 'other'] = /\/(ingress|launcher|runner)(?:\/src)?\/[\w-]+\.[jt]s$/.exec(process.argv[1] ?? '') ?? [];
const { pid } = process;

/** How often a gate is looked at, every fifth of a millisecond: at most for a second or two, below a lease. */
const MOST_LOOKS = 5_000;

const faults = new Map();
const sockets = new Set();

if (kind !== 'other') {
  write({ name: 'started', owner: process.env.RUNNER_OWNER });
  subscribe('net.client.socket', ({ socket }) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  tracingChannel('runnel:step').subscribe({
    start: (step) => take('before', step),
    end: (step) => take('amid', step),
    asyncStart: () => undefined,
    asyncEnd: (step) => take('after', step),
    error: () => undefined,
  });
}

function take(moment, step) {
  if (moment !== 'amid') write(lineOf(moment, step));
  // A step that failed was not taken.
  if (step.error !== undefined) return;
  for (const name of readdirSync(join(folder, 'armed'))) {
    const fault = faultOf(name);
    if (fault === undefined || !isMeant(fault, moment, step)) continue;
    fault.seen = (fault.seen ?? 0) + 1;
    if (fault.seen < fault.nth || !claim(name)) continue;
    append('struck.jsonl', { id: name, ...lineOf(moment, step) });
    strike(fault);
    if (fault.act === 'meet') write(lineOf('met', step));
  }
}

function faultOf(name) {
  try {
    if (!faults.has(name)) faults.set(name, JSON.parse(readFileSync(join(folder, 'armed', name), 'utf8')));
    return faults.get(name);
  } catch {
    // Another process was struck by it in this very moment.
    return undefined;
  }
}

function isMeant(fault, moment, step) {
  if (fault.process !== kind || fault.when !== moment || fault.step !== step.name) return false;
  if (fault.source !== undefined && fault.source !== step.source) return false;
  if (fault.about === undefined) return true;
  const facts = [step.user ?? '', ...(step.identities ?? [])];
  return fault.about.some((one) => facts.some((fact) => fact.includes(one)));
}

/** Of all processes that come to such a step at once, one is struck. */
function claim(name) {
  try {
    renameSync(join(folder, 'armed', name), join(folder, 'taken', name));
    return true;
  } catch {
    return false;
  }
}

function strike({ act, delayMs, gate }) {
  if (act === 'kill') {
    process.kill(pid, 'SIGKILL');
    standStill(60_000);
  } else if (act === 'stop') {
    process.kill(pid, 'SIGSTOP');
    // From a thread, the signal may reach the main one a moment later.
    standStill(isMainThread ? 1 : 100);
  } else if (act === 'delay') standStill(delayMs);
  else if (act === 'meet') {
    for (let looks = 0; looks < MOST_LOOKS && !existsSync(join(folder, gate)); looks += 1) standStill(0.2);
    standStill(delayMs);
  } else process.nextTick(cutFromRedis);
}

function standStill(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** What was asked has been sent; its answer comes to nobody. */
function cutFromRedis() {
  const port = Number(new URL(process.env.REDIS_URL).port);
  for (const socket of sockets) if (socket.remotePort === port) socket.destroy();
}

function lineOf(moment, { name, user, generation, owner, source, identities, result, error }) {
  const answer = typeof result === 'string' ? result : result?.kind;
  const failed = error === undefined ? undefined : String(error);
  return { moment, name, user, generation, owner, source, identities, answer, failed };
}

function write(line) {
  append(join('steps', `${kind}-${pid}.jsonl`), line);
}

function append(file, line) {
  const at = performance.timeOrigin + performance.now();
  appendFileSync(join(folder, file), `${JSON.stringify({ at, pid, process: kind, ...line })}\n`);
}
