// A namespace that is not there is a fault of the settings, told as one, and not asked for over and over.
import { runnerName } from '@runnel/shared';
import { expect, test } from 'vitest';
import { playedPods } from './played-pods.ts';

test('no runner is made in it: the operator reads which one is missing', async () => {
  const { backend } = await playedPods();
  const spec = { user: 'T0:U0ADA', generation: '1', name: runnerName('T0:U0ADA') } as const;
  const creating = backend({ namespace: 'nobody-made-this' }).create(spec);
  await expect(creating).rejects.toMatchObject({
    code: 'configuration',
    rawMessage: expect.stringContaining('nobody-made-this'),
  });
});
