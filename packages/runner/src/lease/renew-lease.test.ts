// The renewal thread's work, and what it does to what agents have started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LeaseMemory } from './lease-memory.ts';
import { renewLease, type Renewal, type RenewalNews } from './renew-lease.ts';

function start(changes: Partial<Renewal> & { readonly renew?: () => Promise<'ok' | 'lost'> }) {
  const memory = new LeaseMemory();
  memory.renewedFrom(process.hrtime.bigint(), 900);
  memory.signOfLife = process.hrtime.bigint();
  const news: RenewalNews[] = [];
  const endProcess = vi.fn<() => void>();
  const stop = renewLease({
    delivery: { renew: changes.renew ?? (() => Promise.resolve('ok')) },
    memory,
    holder: { user: 'T0:U0', generation: '1', owner: 'pod' },
    leaseMs: 1_000,
    marginMs: 100,
    renewalMs: 250,
    stallMs: 60_000,
    tell: (one) => void news.push(one),
    endProcess,
    ...changes,
  });
  onTestFinished(stop);
  return { memory, news, endProcess };
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 60_000, interval: 10 });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('the lease is renewed for as long as it is answered', async () => {
  const { memory, endProcess } = start({});
  const before = process.hrtime.bigint();
  // Two leases further than it was at the start.
  await until(() => expect(memory.deadline).toBeGreaterThan(before + 2_900_000_000n));
  expect(memory.state).toBe('held');
  expect(memory.deadline).toBeGreaterThan(process.hrtime.bigint());
  expect(endProcess).not.toHaveBeenCalled();
});

test('without an answer it is lost at its deadline, not later', async () => {
  const { memory, news, endProcess } = start({ renew: () => Promise.reject(new Error('away')) });
  await vi.waitFor(() => expect(endProcess).toHaveBeenCalled(), { timeout: 60_000, interval: 5 });
  expect(process.hrtime.bigint() - memory.deadline).toBeGreaterThan(0n);
  expect(memory.state).toBe('lost');
  expect(news.at(-1)).toEqual({ kind: 'lost', reason: 'The lease could not be renewed in time.' });
});

test('the time is counted from before the request: an answer that was under way for long is worth less', async () => {
  const { memory } = start({ renew: () => pause(400).then(() => 'ok') });
  const before = process.hrtime.bigint();
  await vi.waitFor(() => expect(memory.deadline).toBeGreaterThan(before + 901_000_000n), {
    timeout: 60_000,
    interval: 1,
  });
  expect(Number(memory.deadline - process.hrtime.bigint()) / 1e6).toBeLessThan(550);
});

test('when somebody else holds it, the process groups of the agents die at once', async () => {
  let answer: 'ok' | 'lost' = 'ok';
  const { memory, endProcess } = start({ renew: () => Promise.resolve(answer) });
  const agent = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  const gone = once(agent, 'exit');
  memory.watchGroup(agent.pid ?? 0);
  answer = 'lost';
  expect(await gone).toEqual([null, 'SIGKILL']);
  expect(endProcess).toHaveBeenCalled();
  const late = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  const lateGone = once(late, 'exit');
  memory.watchGroup(late.pid ?? 0);
  expect(await lateGone, 'what is started after the loss').toEqual([null, 'SIGKILL']);
});

test('a group that is no longer watched is left alone', async () => {
  const { memory } = start({});
  const agent = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void agent.kill('SIGKILL'));
  memory.watchGroup(agent.pid ?? 0)[Symbol.dispose]();
  memory.killGroups();
  await pause(50);
  expect(agent.signalCode).toBeNull();
});

test('a main thread that gives no sign any more ends the process', async () => {
  const { news, endProcess } = start({ stallMs: 100 });
  await vi.waitFor(() => expect(endProcess).toHaveBeenCalled(), { timeout: 60_000, interval: 5 });
  expect(news.at(-1)).toEqual({ kind: 'lost', reason: 'The main thread gave no sign for 100 ms.' });
});

test('while a release is under way its success is no loss', async () => {
  const renew = vi.fn<() => Promise<'lost'>>(() => Promise.resolve('lost'));
  const { memory, endProcess } = start({ renew });
  memory.moveTo('releasing');
  await until(() => expect(renew.mock.calls.length).toBeGreaterThan(2));
  expect(memory.state).toBe('releasing');
  memory.moveTo('ended');
  // Past its deadline, and a look later.
  await until(() => expect(process.hrtime.bigint()).toBeGreaterThan(memory.deadline + 200_000_000n));
  expect(endProcess).not.toHaveBeenCalled();
});
