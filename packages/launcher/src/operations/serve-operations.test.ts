// What the launcher tells Kubernetes about itself, with every part of it played.
import { createLogger } from '@runnel/shared/process';
import { memoryLaunchQueue } from '@runnel/shared/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LoopWatch } from '../loop-watch.ts';
import { secretRedactor } from '../redact-secrets.ts';
import { launcherWorld } from '../testing/launcher-world.ts';
import { podsCheck } from './check-pods.ts';
import { serveOperations } from './serve-operations.ts';

async function open() {
  const world = launcherWorld();
  const draining = new AbortController();
  const loops = new LoopWatch();
  const worker = await memoryLaunchQueue().work(1, async () => undefined);
  const redis: { fault: string | undefined } = { fault: undefined };
  let taking = false;
  const server = await serveOperations({
    ...world,
    ended: { find: async () => undefined, keep: async () => undefined },
    redact: secretRedactor([]),
    log: createLogger('launcher', 'silent'),
    host: '127.0.0.1',
    port: 0,
    token: '',
    redisFault: async () => redis.fault,
    loops,
    worker: () => (taking ? worker : undefined),
    signal: draining.signal,
  });
  onTestFinished(() => server.close());
  return {
    world,
    redis,
    loops,
    worker,
    drain: () => draining.abort(),
    takeLaunches: () => (taking = true),
    get: async (path: string): Promise<{ status: number; body: unknown }> => {
      const answer = await fetch(`${server.url}${path}`);
      return { status: answer.status, body: await answer.json() };
    },
  };
}

const notReady = (faults: Record<string, string>) => ({ status: 503, body: { ready: false, notReady: faults } });

test('ready is one that can launch; whatever it lacks is named, and none of it is a reason to restart', async () => {
  const { world, redis, worker, drain, takeLaunches, get } = await open();
  world.backend.refusal = new Error('no route to host');
  expect(await get('/readyz')).toEqual(
    notReady({ pods: 'does not answer: no route to host', queue: 'takes no launches' }),
  );
  world.backend.refusal = undefined;
  takeLaunches();
  expect(await get('/readyz')).toEqual({ status: 200, body: { ready: true, notReady: {} } });
  redis.fault = 'is a slave, not the primary';
  expect(await get('/readyz')).toEqual(notReady({ redis: 'is a slave, not the primary' }));
  redis.fault = undefined;
  drain();
  await worker.drain();
  expect(await get('/readyz')).toEqual(notReady({ queue: 'takes no launches', process: 'draining' }));
  expect(await get('/healthz')).toEqual({ status: 200, body: { alive: true } });
});

test('alive is one whose loops turn', async () => {
  const { loops, get } = await open();
  loops.turned('sweep', 3_000);
  expect((await get('/healthz')).status).toBe(200);
  vi.spyOn(loops, 'stuck').mockReturnValue(['sweep']);
  expect(await get('/healthz')).toEqual({ status: 503, body: { alive: false } });
});

test('a good list of pods counts for a while, a failed one never, and one that hangs is asked once', async () => {
  const { backend } = launcherWorld();
  const list = vi.spyOn(backend, 'list');
  const check = podsCheck(backend);
  backend.refusal = new Error('away');
  await expect(check()).rejects.toThrow('away');
  await expect(check()).rejects.toThrow('away');
  backend.refusal = undefined;
  await check();
  await check();
  expect(list).toHaveBeenCalledTimes(3);

  const hanging = podsCheck({ list: list.mockReturnValue(new Promise(() => undefined)) });
  void hanging();
  void hanging();
  expect(list).toHaveBeenCalledTimes(4);
});
