// What the launcher tells operators, over the fleet in memory.
import { runnerName } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { describe, expect, test, vi } from 'vitest';
import type { PodDiagnostics } from '../pod-diagnostics.ts';
import { secretRedactor } from '../redact-secrets.ts';
import { acquire, ada, grace, launcherWorld, type LauncherWorld } from '../testing/launcher-world.ts';
import { runnerRoutes } from './runner-routes.ts';

const TOKEN = 'a-long-random-text';
const bearer = { authorization: `Bearer ${TOKEN}` };
const name = runnerName(ada);

type Answer = { readonly status: number; readonly body: unknown };

function open(world: LauncherWorld, token = TOKEN) {
  const kept = new Map<string, PodDiagnostics>();
  const log = createLogger('launcher', 'silent');
  const audit = vi.spyOn(log, 'info');
  const app = runnerRoutes({
    ...world,
    ended: { find: async (of) => kept.get(of), keep: async (one) => void kept.set(one.name, one) },
    token,
    redact: secretRedactor([token]),
    log,
  });
  return {
    kept,
    audits: () => audit.mock.calls.map(([fields]): unknown => fields),
    get: async (path: string, headers: Record<string, string> = bearer): Promise<Answer> => {
      const answer = await app.request(path, { headers });
      return { status: answer.status, body: await answer.json() };
    },
  };
}

/** A world in which Ada has a runner that has its lease, and one message that waits. */
async function adaIsServed() {
  // Longer than any test: nobody renews it.
  const world = launcherWorld({ leaseMs: 600_000 });
  world.launcher();
  await world.write(ada);
  const pod = await world.pod(ada);
  await acquire(world, pod);
  await expect.poll(async () => (await world.queue.stage(pod))?.stage).toBe('acquired');
  return { world, pod };
}

describe('who may ask', () => {
  test('nobody, where no token is set, and the answer says what to set', async () => {
    const { get } = open(launcherWorld(), '');
    for (const headers of [bearer, { authorization: 'Bearer ' }, {}]) {
      const { status, body } = await get('/v1/runners', headers);
      expect(status).toBe(403);
      expect(body).toEqual({ error: expect.stringContaining('OPERATIONS_TOKEN') });
    }
  });

  test('only who has the token', async () => {
    const { get } = open(launcherWorld());
    const wrong = [
      {},
      { authorization: TOKEN },
      { authorization: `Basic ${TOKEN}` },
      { authorization: 'Bearer other' },
    ];
    for (const headers of wrong) {
      expect(await get('/v1/runners', headers)).toMatchObject({ status: 401 });
      expect(await get(`/v1/runners/${name}/diagnostics`, headers)).toMatchObject({ status: 401 });
    }
    expect(await get('/v1/runners')).toEqual({ status: 200, body: { runners: [] } });
  });

  test('every request is written down: who, what, on whom, and what came of it', async () => {
    const { get, audits } = open(launcherWorld());
    await get('/v1/runners');
    await get('/v1/runners/T0:U0NOBODY/diagnostics');
    await get(`/v1/runners/${name}/diagnostics`, {});
    expect(audits()).toEqual([
      { who: 'token', method: 'GET', path: '/v1/runners', status: 200 },
      { who: 'token', method: 'GET', path: '/v1/runners/T0:U0NOBODY/diagnostics', status: 404 },
      { who: 'nobody', method: 'GET', path: `/v1/runners/${name}/diagnostics`, status: 401 },
    ]);
  });
});

describe('what is told', () => {
  test('who lives, how far each is, and what waits for them', async () => {
    const { world, pod } = await adaIsServed();
    const { get } = open(world);
    const row = { user: ada, name, generation: pod.generation, uid: pod.uid, stage: 'acquired', backlog: 1 };
    expect(await get('/v1/runners')).toEqual({
      status: 200,
      body: { runners: [{ ...row, since: expect.any(Number) }] },
    });
  });

  test.each([name, ada, 'U0ADA'])('all of one runner, by the name %s', async (given) => {
    const { world, pod } = await adaIsServed();
    const { get } = open(world);
    const { status, body } = await get(`/v1/runners/${encodeURIComponent(given)}/diagnostics`);
    expect(status).toBe(200);
    const stages = (body as { launch: { stage: string; since: number }[] }).launch;
    expect([stages.at(0)?.stage, stages.at(-1)?.stage]).toEqual(['looking', 'acquired']);
    expect(stages).toEqual(stages.toSorted((one, other) => one.since - other.since));
    expect(body).toMatchObject({
      name,
      user: ada,
      lease: { state: 'running', generation: pod.generation, owner: pod.uid },
      backlog: { entries: 1 },
      pod: { uid: pod.uid, phase: 'running', containers: [{ name: 'runner', state: { kind: 'running' } }] },
      unknown: {},
    });
  });

  test('of one whose pod is gone what was kept of it, beside the pod that followed', async () => {
    const { world, pod } = await adaIsServed();
    const { kept, get } = open(world);
    const then = await world.backend.diagnose(name);
    if (then === undefined) throw new Error('a pod');
    kept.set(name, { ...then, uid: 'the one before' });
    const path = `/v1/runners/${name}/diagnostics`;
    expect((await get(path)).body).toMatchObject({ pod: { uid: pod.uid }, ended: { uid: 'the one before' } });
    kept.set(name, then);
    expect((await get(path)).body).not.toHaveProperty('ended');
  });

  test('of one that is only kept, by its name alone', async () => {
    const world = launcherWorld();
    const { kept, get } = open(world);
    const gone = {
      user: ada,
      generation: '7',
      name,
      uid: 'u',
      phase: 'failed',
      conditions: [],
      containers: [],
      events: [],
    } as const;
    kept.set(name, gone);
    const { status, body } = await get(`/v1/runners/${name}/diagnostics`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: ada, ended: { uid: 'u' } });
  });

  test('no secret, wherever it stands', async () => {
    const { world, pod } = await adaIsServed();
    const { get } = open(world);
    const said = {
      ...(await world.backend.diagnose(name)),
      conditions: [{ type: 'Ready', status: 'no', message: `Bearer ${TOKEN}` }],
    };
    vi.spyOn(world.backend, 'diagnose').mockResolvedValue(said as PodDiagnostics);
    const { body } = await get(`/v1/runners/${name}/diagnostics`);
    expect(body).toMatchObject({ pod: { uid: pod.uid } });
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });

  test('what can be found out where one source is away, and which that is', async () => {
    const { world, pod } = await adaIsServed();
    const { get } = open(world);
    vi.spyOn(world.delivery, 'lease').mockRejectedValue(new Error('Connection is closed.'));
    const { status, body } = await get(`/v1/runners/${name}/diagnostics`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ pod: { uid: pod.uid }, unknown: { lease: 'Connection is closed.' } });
  });
});

describe('what cannot be told', () => {
  test.each(['runner-0123456789abcdef0123', 'T0:U0NOBODY', 'U0NOBODY', 'hello', '..%2F..%2Fetc', '%00'])(
    '%s is nobody, and the answer says how people are named',
    async (given) => {
      const { get } = open(launcherWorld());
      const { status, body } = await get(`/v1/runners/${given}/diagnostics`);
      expect(status).toBe(404);
      expect(body).toEqual({ error: expect.stringContaining('name a runner') });
    },
  );

  test('while the pods cannot be asked nobody is called unknown', async () => {
    const world = launcherWorld();
    const { get } = open(world);
    vi.spyOn(world.backend, 'diagnose').mockRejectedValue(new Error('no route to host'));
    expect(await get(`/v1/runners/${runnerName(grace)}/diagnostics`)).toMatchObject({
      status: 503,
      body: { error: expect.stringContaining('no route to host') },
    });
    world.backend.refusal = new Error('redis://:hunter2@redis:6379 is away');
    const { status, body } = await get('/v1/runners');
    expect(status).toBe(503);
    expect(body).toEqual({ error: expect.stringContaining('redis://[redacted]@redis:6379 is away') });
  });
});
