// Who sees the dashboard, and what it shows, in a real browser.
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { delimiter, join } from 'node:path';
import type { UserKey } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { freshRedisUrl } from '@runnel/shared/testing';
import { chromium, type Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { openStandIn, startIngress } from './start-ingress.ts';

const TOKEN = 'a-long-random-text';

async function openDashboard(settings: NodeJS.ProcessEnv = { DASHBOARD_TOKEN: TOKEN }) {
  const [standIn, redisUrl] = [await openStandIn(), await freshRedisUrl()];
  const { url } = await startIngress({ standIn, redisUrl, settings });
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}${path}`, { headers, redirect: 'manual' });
  return { url, redisUrl, get };
}

test('without a token set it is closed, and says how to open it', async () => {
  const { get } = await openDashboard({});
  const answer = await get('/queues');
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain('DASHBOARD_TOKEN');
  expect((await get('/queues/api/queues')).status).toBe(403);
});

test('the token opens it, as a header or once in a link that becomes a cookie', async () => {
  const { get } = await openDashboard();
  for (const path of ['/queues', '/queues/api/queues', '/queues?token=wrong', '/queues/static/images/logo.svg']) {
    expect((await get(path)).status, path).toBe(401);
  }
  expect((await get('/queues', { authorization: 'Bearer wrong' })).status).toBe(401);
  expect((await get('/queues', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);

  const opened = await get(`/queues?token=${TOKEN}`);
  expect([opened.status, opened.headers.get('location')]).toEqual([302, '/queues']);
  const [cookie = ''] = opened.headers.getSetCookie();
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
  expect(cookie).not.toContain(TOKEN);
  const [pair = ''] = cookie.split(';');
  const page = await get('/queues', { cookie: pair });
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect((await get('/queues', { cookie: 'runnel_dashboard=forged' })).status).toBe(401);
});

test('on the loopback it answers nobody who asks for another name', async () => {
  const { url } = await openDashboard();
  const ask = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request(`${url}/healthz`, { headers: { host } }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
  expect(await ask('evil.example')).toBe(403);
  expect(await ask('127.0.0.1.evil.example:80')).toBe(403);
  expect(await ask(`localhost:${new URL(url).port}`)).toBe(200);
});

test('it is read-only', async () => {
  const { url, redisUrl } = await openDashboard();
  const queue = bullmqLaunchQueue({ redisUrl, jobLockMs: 10_000, stalledCheckMs: 5_000, onError: () => undefined });
  onTestFinished(() => queue.close());
  await queue.add({ user: 'T0LOCAL:U0ADA', generation: '1795270800000' });
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await fetch(`${url}/queues/api/queues/launches/pause`, { method: 'PUT', headers })).status).toBe(405);
  expect((await fetch(`${url}/queues/api/queues/launches/obliterate`, { method: 'PUT', headers })).status).toBe(405);
  expect(await queue.waiting()).toHaveLength(1);
});

/** Set to a folder, the pictures of what the browser showed are kept there. */
const PICTURES = process.env['PICTURES'];
const executablePath = findChromium();

test.skipIf(executablePath === undefined)(
  'it shows who waits in order, how far live runners are, and why others failed (needs chromium on the path)',
  async () => {
    const { url, redisUrl } = await openDashboard();
    const people = ['ADA', 'BEN', 'CLEO', 'DAN', 'EVE'].map((name): UserKey => `T0LOCAL:U0${name}`);
    await fillQueue(redisUrl, people);
    const page = await openPage();
    const elsewhere: string[] = [];
    page.on('request', (asked) => void (asked.url().startsWith(url) || elsewhere.push(asked.url())));
    const cards = page.getByText(/^T0LOCAL:/);
    const look = async (status: string, count: number): Promise<string[]> => {
      await page.goto(`${url}/queues/queue/launches?token=${TOKEN}&status=${status}`);
      await expect.poll(() => cards.count()).toBe(count);
      if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/dashboard-${status}.png` });
      return cards.allInnerTexts();
    };
    expect(await look('waiting', 2)).toEqual(['T0LOCAL:U0DAN', 'T0LOCAL:U0EVE']);
    const active = await look('active', 2);
    expect(active.toSorted()).toEqual([
      expect.stringMatching(/^T0LOCAL:U0BEN · restoring the workspace, for \d+ s$/),
      expect.stringMatching(/^T0LOCAL:U0CLEO · restoring the workspace, for \d+ s$/),
    ]);
    expect(await look('failed', 1)).toEqual(['T0LOCAL:U0ADA · [pod_start_failed] spawn ENOMEM']);
    // The token is in no address that stays.
    expect(page.url()).toBe(`${url}/queues/queue/launches?status=failed`);
    expect(elsewhere).toEqual([]);
  },
  90_000,
);

/** One fails, two are served, the others wait. */
async function fillQueue(redisUrl: string, people: UserKey[]): Promise<void> {
  const queue = bullmqLaunchQueue({ redisUrl, jobLockMs: 10_000, stalledCheckMs: 5_000, onError: () => undefined });
  const ending = Promise.withResolvers<void>();
  for (const user of people) await queue.add({ user, generation: '1795270800000' });
  const worker = await queue.work(2, async (job) => {
    if (job.launch.user === people[0]) throw new Error('[pod_start_failed] spawn ENOMEM');
    await job.progress({ stage: 'restoring the workspace', since: Date.now() });
    await ending.promise;
  });
  onTestFinished(async () => {
    ending.resolve();
    await worker.drain();
    await queue.close();
  });
  await expect.poll(async () => (await queue.waiting()).length).toBe(2);
}

async function openPage(): Promise<Page> {
  const browser = await chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  onTestFinished(() => browser.close());
  return browser.newPage({ viewport: { width: 1280, height: 800 } });
}

function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}
