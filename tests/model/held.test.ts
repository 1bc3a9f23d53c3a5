// Prompts that a stop holds, until somebody chooses: they are run once each, in their order, or forgotten, whoever dies meanwhile.
import { describeWorlds } from './describe-worlds.ts';
import { heldWorlds } from './worlds.ts';

describeWorlds(heldWorlds);
