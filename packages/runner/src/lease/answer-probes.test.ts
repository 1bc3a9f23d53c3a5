import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { answerProbes } from './answer-probes.ts';
import { LeaseMemory } from './lease-memory.ts';
import { findLeaseFault } from './renew-lease.ts';

async function open(findFault: () => string | undefined): Promise<string> {
  const server = answerProbes(0, findFault);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function send(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let said = '';
  socket.on('data', (data: Buffer) => (said += data.toString()));
  socket.write(request);
  await once(socket, 'close');
  return said;
}

test('a runner without a fault is alive; one with a fault says which', async () => {
  const faults: string[] = [];
  const url = await open(() => faults[0]);
  const alive = await fetch(`${url}/healthz`);
  expect([alive.status, await alive.json()]).toEqual([200, { alive: true }]);
  const fault = 'The main thread gave no sign for 60000 ms.';
  faults.push(fault);
  const dead = await fetch(`${url}/healthz`);
  expect([dead.status, await dead.json()]).toEqual([503, { alive: false, fault }]);
});

test('anything else is refused, and what never ends is not waited for', async () => {
  const url = await open(() => undefined);
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/healthz`, { method: 'POST', body: 'x' })).status).toBe(404);
  expect(await send(url, 'x'.repeat(10_000))).toMatch(/^HTTP\/1.1 404 /);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

const ms = (n: number): bigint => process.hrtime.bigint() + BigInt(n) * 1_000_000n;

test.each<[string, (memory: LeaseMemory) => void, RegExp | undefined]>([
  ['held', () => undefined, undefined],
  ['being given back', (memory) => memory.moveTo('releasing'), undefined],
  [
    'given back, whenever it would have run out',
    (memory) => {
      memory.moveTo('ended');
      memory.deadline = ms(-1);
    },
    undefined,
  ],
  ['lost', (memory) => memory.moveTo('lost'), /lost/],
  ['past its deadline', (memory) => (memory.deadline = ms(-1)), /renewed in time/],
  ['held, with a main thread that gave no sign', (memory) => (memory.signOfLife = ms(-60_001)), /no sign/],
])('a lease that is %s', (_, change, fault) => {
  const memory = new LeaseMemory();
  memory.deadline = ms(25_000);
  memory.signOfLife = ms(0);
  change(memory);
  const found = findLeaseFault({ memory, stallMs: 60_000 });
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(fault);
});
