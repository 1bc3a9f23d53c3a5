import { afterEach, expect, test } from 'vitest';
import { stepChannel, takeStep, type Step } from './step.ts';

const heard: string[] = [];
const listener = {
  start: (step: Step) => void heard.push(`before ${step.name} of ${step.identities?.join()}`),
  asyncEnd: (step: Step) => void heard.push(`after ${step.name}: ${String(step.result ?? step.error)}`),
  end: () => undefined,
  asyncStart: () => undefined,
  error: () => undefined,
};

afterEach(() => {
  stepChannel.unsubscribe(listener);
  heard.length = 0;
});

test('a listener hears a step before it is taken, and after it before its caller goes on', async () => {
  stepChannel.subscribe(listener);
  await takeStep('begin', { identities: ['m1'] }, () => {
    heard.push('work');
    return Promise.resolve('try 1');
  }).then(() => heard.push('caller goes on'));
  expect(heard).toEqual(['before begin of m1', 'work', 'after begin: try 1', 'caller goes on']);
});

test('a step that fails is heard with its error, and fails for its caller', async () => {
  stepChannel.subscribe(listener);
  const taken = takeStep('post', { identities: ['m1'] }, () => Promise.reject(new Error('refused')));
  await expect(taken).rejects.toThrow('refused');
  expect(heard.at(-1)).toBe('after post: Error: refused');
});

test('where nobody listens the step is its work', async () => {
  const work = Promise.resolve('done');
  expect(takeStep('post', {}, () => work)).toBe(work);
  await work;
});
