// A launcher hears of every end, whatever happens to its connection; and it asks an overloaded server for no more than that can give.
import { seenEnds, specOf } from '@runnel/launcher/testing';
import type { UserKey } from '@runnel/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startApiProxy, type ApiCall, type ApiProxy } from './api-proxy.ts';
import { patiently, playedPods, type PlayedPods } from './played-pods.ts';

const CUT = { kind: 'cut' } as const;

async function openThrough(): Promise<PlayedPods & { readonly proxy: ApiProxy }> {
  const played = await playedPods();
  const proxy = await startApiProxy(played.access);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return { ...played, proxy, backend: (own) => played.backend({ kubeconfig: proxy.kubeconfig, ...own }) };
}

const isWatch = ({ query }: ApiCall): boolean => query.has('watch');
const isList = ({ method, query }: ApiCall): boolean => method === 'GET' && query.has('limit');

describe('an end is heard', () => {
  test('after the watch was cut, and when it fell into the time without any', async () => {
    const { proxy, backend, running, finish } = await openThrough();
    const pods = backend();
    const ends = seenEnds(pods);
    const [one, other] = [await pods.create(specOf('100')), await pods.create(specOf('200', 'T0:U0GRACE'))];
    await Promise.all([running(one.pod), running(other.pod)]);
    await expect.poll(() => proxy.watches(), patiently).toBe(2);
    proxy.cutWatches();
    await finish(one.pod, 3);
    await expect.poll(() => ends.map(({ end }) => end), patiently).toMatchObject([{ reason: 'exited', exitCode: 3 }]);
    proxy.treat = () => CUT;
    proxy.cutWatches();
    await finish(other.pod, 4);
    const before = proxy.calls.length;
    await expect.poll(() => proxy.calls.length, patiently).toBeGreaterThan(before + 2);
    proxy.treat = () => undefined;
    await expect
      .poll(() => ends.map(({ end }) => end), patiently)
      .toMatchObject([{}, { reason: 'exited', exitCode: 4 }]);
  });

  test('although its watch fell silent without being closed', async () => {
    const { proxy, backend, running, finish } = await openThrough();
    const pods = backend({ silenceMs: 2_000 });
    const ends = seenEnds(pods);
    const { pod } = await pods.create(specOf('100'));
    await running(pod);
    await expect.poll(() => proxy.watches(), patiently).toBe(2);
    proxy.muteWatches();
    await finish(pod, 3);
    await expect.poll(() => ends, patiently).toHaveLength(1);
  });

  test('of runners that were gone or came before the watch could be taken up: its place was forgotten', async () => {
    const { proxy, backend, running, finish, core, namespace } = await openThrough();
    const pods = backend();
    const ends = seenEnds(pods);
    const { pod } = await pods.create(specOf('100'));
    await running(pod);
    await expect.poll(() => proxy.watches(), patiently).toBe(2);
    let isBack = false;
    let hasListed = false;
    // From now on there is no way but a list.
    proxy.treat = (call) => {
      if (!isBack && call.method === 'GET') return CUT;
      // A look at the pods of one Job is none of its lists.
      const isPods = call.path.endsWith('/pods') && call.query.get('labelSelector')?.includes('managed-by') === true;
      hasListed ||= isPods && isList(call);
      return isPods && isWatch(call) && !hasListed ? { kind: 'answer', status: 410, reason: 'Expired' } : undefined;
    };
    proxy.cutWatches();
    await core.deleteCollectionNamespacedPod({ namespace });
    await expect.poll(() => core.listNamespacedPod({ namespace }), patiently).toMatchObject({ items: [] });
    const { pod: other } = await pods.create(specOf('200', 'T0:U0GRACE'));
    await running(other);
    isBack = true;
    await expect.poll(() => ends.map(({ end }) => end), patiently).toEqual([{ owner: '', reason: 'killed' }]);
    await finish(other, 3);
    await expect.poll(() => ends.map(({ end }) => end), patiently).toMatchObject([{}, { exitCode: 3 }]);
  });

  test('by whoever begins to watch when only the Job is left of it', async () => {
    const { backend, running, core, namespace } = await openThrough();
    const pods = backend();
    const { pod } = await pods.create(specOf('100'));
    await running(pod);
    await core.deleteCollectionNamespacedPod({ namespace });
    await expect.poll(() => core.listNamespacedPod({ namespace }), patiently).toMatchObject({ items: [] });
    const killed = { ...pod, end: { owner: '', reason: 'killed' } };
    await expect.poll(() => pods.look(pod.name), patiently).toEqual(killed);
    const ends = seenEnds(backend());
    await expect.poll(() => ends, patiently).toEqual([killed]);
  });
});

describe('a list', () => {
  const people = Array.from({ length: 5 }, (_, n): UserKey => `T0:U${n}`);

  test('is complete over all its pages, also when they expire on the way', async () => {
    const { proxy, backend } = await openThrough();
    const pods = backend();
    for (const [n, user] of people.entries()) await pods.create(specOf(String(n), user));
    let expired = 0;
    proxy.treat = (call) => {
      if (isList(call)) call.query.set('limit', '2');
      if (!call.query.has('continue') || expired > 0) return undefined;
      expired += 1;
      return { kind: 'answer', status: 410, reason: 'Expired' };
    };
    expect((await pods.list()).map(({ user }) => user).toSorted()).toEqual(people);
    expect(expired).toBe(1);
  });

  test('that is slow is waited for', async () => {
    const { proxy, backend } = await openThrough();
    const pods = backend();
    const { pod } = await pods.create(specOf('100'));
    proxy.treat = (call) => (isList(call) ? { kind: 'delay', ms: 3_000 } : undefined);
    expect(await pods.list()).toEqual([pod]);
  });

  test('that fails is an error, never an empty one', async () => {
    const { proxy, backend } = await openThrough();
    const pods = backend();
    await pods.create(specOf('100'));
    for (const treatment of [CUT, { kind: 'answer', status: 403, reason: 'Forbidden' } as const]) {
      proxy.treat = (call) => (call.path.endsWith('/pods') ? treatment : undefined);
      await expect(pods.list()).rejects.toThrow('cluster_unreachable');
    }
  });
});

test('a server that asks for patience is left alone for as long as it says, and then each launcher has its pod', async () => {
  const { proxy, backend } = await openThrough();
  const pods = backend();
  const refused: number[] = [];
  proxy.treat = (call) => {
    if (call.method !== 'POST' || refused.length >= 30) return undefined;
    refused.push(call.at);
    return { kind: 'answer', status: 429, reason: 'TooManyRequests', retryAfter: 2 };
  };
  const people = Array.from({ length: 20 }, (_, n): UserKey => `T0:U${n}`);
  const answers = await Promise.all(people.map((user, n) => pods.create(specOf(String(n), user))));
  expect(answers.map(({ kind }) => kind)).toEqual(people.map(() => 'created'));
  const [first = 0] = refused;
  const soonAfter = proxy.calls.filter(({ at }) => at > first + 500 && at < first + 2_000);
  expect(soonAfter).toEqual([]);
});

test('a create whose answer was lost is found to have gone through', async () => {
  const { proxy, backend } = await openThrough();
  const pods = backend();
  let lost = 0;
  proxy.treat = ({ method }) => (method === 'POST' && (lost += 1) === 1 ? { kind: 'lose' } : undefined);
  const { pod } = await pods.create(specOf('100'));
  expect(pod).toMatchObject(specOf('100'));
  expect((await pods.list()).map(({ uid }) => uid)).toEqual([pod.uid]);
  expect(lost).toBe(2);
});
