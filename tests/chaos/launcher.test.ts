import { describeChaos } from './describe-chaos.ts';
import { casesOf, holds, isRivaled, kills } from './fault-table.ts';

describeChaos('a launcher killed, stopped, late, or cut from Redis at every step', {
  cases: casesOf('launcher', [...kills, ...holds.launcher]).filter((one) => !isRivaled(one)),
  cap: 4,
});
