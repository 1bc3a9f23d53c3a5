// Vitest's global setup: one real Redis for the whole run, or the one that TEST_REDIS_URL names.
import { startRedisServer } from '@runnel/shared/testing';
import type { TestProject } from 'vitest/node';

// Test files take a database each (`freshRedisUrl`), so there must be more of them than files.
const DATABASES = 1_024;

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_REDIS_URL'];
  if (given !== undefined && given !== '') {
    project.provide('redisUrl', given);
    return () => Promise.resolve();
  }
  const server = await startRedisServer({ args: ['--databases', String(DATABASES)] });
  project.provide('redisUrl', server.url);
  return () => server.stop();
}
