// Two projects: what sits beside the code, and what crosses packages. One real Redis for the whole run.
import { defineConfig } from 'vitest/config';

// A condition is waited for as long as a busy machine may take; what must be fast is measured in benchmarks.
const patience = { poll: { timeout: 15_000, interval: 20 } };

const shared = { pool: 'forks' as const, hookTimeout: 30_000, teardownTimeout: 15_000, expect: patience };

export default defineConfig({
  test: {
    globalSetup: ['tests/support/start-redis.ts'],
    // Most tests wait for other processes, so one more than the cores of the smallest machine.
    maxWorkers: 3,
    retry: 0,
    projects: [
      { test: { ...shared, name: 'unit', include: ['packages/*/src/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { ...shared, name: 'tests', include: ['tests/**/*.test.ts'], testTimeout: 120_000 } },
    ],
  },
});
