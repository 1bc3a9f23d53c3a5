// The door `@runnel/launcher/testing`: the contract of pod backends and a fleet in memory, for tests that bring a cluster.
export { describePodBackend, seenEnds, specOf } from '../pod-backend.testsuite.ts';
