// Up to three faults on few messages, and drains.
import { describeWorlds } from './describe-worlds.ts';
import { faultWorlds } from './worlds.ts';

describeWorlds(faultWorlds);
