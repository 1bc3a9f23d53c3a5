// A replica that becomes the primary has forgotten the last writes, and its clock may be behind.
import { describeWorlds } from './describe-worlds.ts';
import { failoverWorlds } from './worlds.ts';

describeWorlds(failoverWorlds);
