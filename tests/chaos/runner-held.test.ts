import { SHORT_LEASE } from '../support/story.ts';
import { describeChaos } from './describe-chaos.ts';
import { casesOf, holds, stallCases } from './fault-table.ts';

describeChaos('a runner stopped, late, or cut from Redis at every step', {
  cases: [...casesOf('runner', holds.runner), ...stallCases()],
  cap: 4,
  // No launcher ends what was stopped before the test has hidden it.
  settings: { ...SHORT_LEASE, POD_GRACE: '20s' },
});
