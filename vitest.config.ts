// What sits beside the code, what crosses packages, the proofs, which take their time, and what needs a Kubernetes, which takes
// minutes to build. One real Redis for the whole run, one cluster for all who ask.
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/support/longest-first.ts';

// A condition is waited for as long as a busy machine may take; what must be fast is measured in benchmarks.
const patience = { poll: { timeout: 60_000, interval: 20 } };

const proofs = ['model', 'chaos', 'redis-faults', 'session-store', 'agents', 'large', 'soak', 'fuzz'].map(
  (name) => `tests/${name}/**/*.test.ts`,
);

const onCluster = ['tests/kubernetes/**/*.test.ts'];

// They run what `npm run images` builds; the node is in namespaces of its own: npm run test:node.
const images = ['tests/images/**/*.test.ts'];
// Builds and starts what weighs half a gigabyte each: beside others neither would have the machine.
const agentImages = ['tests/images/agent-images.test.ts'];
const onNode = ['tests/node/**/*.test.ts'];

// What a test needs for itself it makes: no file leaves anything in the modules, so one process may load them for many.
const quick = { isolate: false };

const shared = { pool: 'forks' as const, hookTimeout: 240_000, teardownTimeout: 15_000, expect: patience };

export default defineConfig({
  test: {
    globalSetup: ['tests/support/start-redis.ts'],
    // Most tests wait for other processes, so one more than the cores of the smallest machine.
    maxWorkers: 3,
    retry: 0,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...shared, ...quick, name: 'unit', include: ['packages/*/src/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          ...shared,
          ...quick,
          name: 'tests',
          include: ['tests/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...proofs, ...onCluster, ...images, ...onNode],
          testTimeout: 240_000,
        },
      },
      { test: { ...shared, name: 'proof', include: proofs, testTimeout: 600_000 } },
      {
        test: {
          ...shared,
          name: 'cluster',
          include: onCluster,
          globalSetup: ['tests/cluster/provide-cluster.ts'],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'images',
          include: images,
          exclude: [...configDefaults.exclude, ...agentImages],
          globalSetup: ['tests/images/put-back-cgroups.ts'],
          // One of them brings up a whole node, and ends it the hard way.
          testTimeout: 300_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'agent-images',
          include: agentImages,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'node',
          include: onNode,
          hookTimeout: 300_000,
          testTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
