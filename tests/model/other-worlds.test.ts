// Edits and deletes, the circuit, slow launchers, slow readings, a full inbox.
import { describeWorlds } from './describe-worlds.ts';
import { otherWorlds } from './worlds.ts';

describeWorlds(otherWorlds);
