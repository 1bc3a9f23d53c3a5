// The same story under a runner that is paused until its lease has run out, and goes on.
import { describeWorlds } from './describe-worlds.ts';
import { zombieWorlds } from './worlds.ts';

describeWorlds(zombieWorlds);
