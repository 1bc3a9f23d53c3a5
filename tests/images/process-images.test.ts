// The images of ingress and launcher, locked down as a cluster runs them: they start, answer their probes and end when asked.
import { startSlackStandIn } from '@runnel/dev';
import { exitCode, freePort } from '@runnel/shared/process';
import { freshRedisUrl } from '@runnel/shared/testing';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { startContainer } from './start-container.ts';
import { findTestImages, type TestImages } from './test-images.ts';

let images: TestImages;
beforeAll(async () => {
  images = await findTestImages();
}, 1_200_000);

test.each(['ingress', 'launcher', 'runner'] as const)('%s says what it is and what it can be set to', async (name) => {
  const container = startContainer(images, images.id(name), { env: {}, args: ['--help'] });
  expect(await container.exited).toBe(exitCode.ok);
  expect(container.log()).toMatch(/REDIS_URL\n/);
});

test.each(['ingress', 'launcher'] as const)('%s answers its probes, and ends within its drain', async (name) => {
  const slack = await startSlackStandIn({ appToken: 'xapp-1', botToken: 'xoxb-1' });
  onTestFinished(() => slack.close());
  const port = await freePort();
  const container = startContainer(images, images.id(name), {
    env: {
      REDIS_URL: await freshRedisUrl(),
      SLACK_API_URL: slack.url,
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_APP_TOKEN: 'xapp-1',
      DASHBOARD_TOKEN: 'look',
      HTTP_PORT: String(port),
      AGENT_PROVIDER: 'scripted',
      PODS_DIR: '/tmp/pods',
      STATE_DIR: '/tmp/state',
      RUNNER_COMMAND: 'node /app/none.js',
    },
  });
  const ask = async (path: string): Promise<number | string> => {
    try {
      return (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    } catch {
      return 'no answer';
    }
  };
  await expect.poll(() => ask('/healthz')).toBe(200);
  await expect.poll(() => ask('/readyz')).toBe(200);
  if (name === 'ingress') {
    // The dashboard's page, and one of the scripts that it names.
    const page = await fetch(`http://127.0.0.1:${port}/queues`, { headers: { authorization: 'Bearer look' } });
    const script = /src="([^"]+\.js)"/.exec(await page.text())?.[1] ?? 'no script';
    const answer = await fetch(new URL(script, `http://127.0.0.1:${port}/queues/`), {
      headers: { authorization: 'Bearer look' },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('javascript')]);
  }
  const startedAt = performance.now();
  await container.kill('SIGTERM');
  expect(await container.exited).toBe(exitCode.ok);
  expect(performance.now() - startedAt).toBeLessThan(12_000);
});
