import { expect, test } from 'vitest';
import { checkReadiness } from './check-readiness.ts';

test('ready is where nothing is missing', async () => {
  expect(await checkReadiness({ redis: async () => undefined, process: () => undefined })).toEqual({
    ready: true,
    notReady: {},
  });
});

test('all that is missing is named: what is wrong, what fails, what does not answer in time', async () => {
  const checks = {
    redis: async () => 'is a slave, not the primary',
    pods: () => Promise.reject(new Error('Connection is closed.')),
    queue: () => new Promise<undefined>(() => undefined),
    process: () => undefined,
  };
  expect(await checkReadiness(checks)).toEqual({
    ready: false,
    notReady: {
      redis: 'is a slave, not the primary',
      pods: 'does not answer: Connection is closed.',
      queue: 'does not answer within 2000 ms',
    },
  });
});
