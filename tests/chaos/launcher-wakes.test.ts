import { describeChaos } from './describe-chaos.ts';
import { casesOf, holds, isRivaled, kills } from './fault-table.ts';

describeChaos('a launcher struck while it hands over, or finds a runner without a job', {
  cases: casesOf('launcher', [...kills, ...holds.launcher]).filter(isRivaled),
  // A job that Redis forgot frees a place that is taken.
  cap: 2,
  sequential: true,
  // A launcher sweeps when it starts, then hardly ever.
  settings: { SWEEP_INTERVAL: '20s' },
});
