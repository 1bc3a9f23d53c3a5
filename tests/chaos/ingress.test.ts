import { describeChaos } from './describe-chaos.ts';
import { casesOf, holds, kills } from './fault-table.ts';

describeChaos('an ingress killed, stopped, late, or cut from Redis at every step', {
  cases: casesOf('ingress', [...kills, ...holds.ingress]),
  cap: 4,
  sequential: true,
});
