// Two projects: what sits beside the code, and what crosses packages. One real Redis for the whole run.
import { defineConfig } from 'vitest/config';

const shared = { pool: 'forks' as const, hookTimeout: 30_000, teardownTimeout: 15_000 };

export default defineConfig({
  test: {
    globalSetup: ['tests/support/start-redis.ts'],
    // Most tests wait for other processes, so one more than the cores of the smallest machine.
    maxWorkers: 3,
    retry: 0,
    projects: [
      { test: { ...shared, name: 'unit', include: ['packages/*/src/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { ...shared, name: 'tests', include: ['tests/**/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
});
