// Three messages of two threads, one of them twice, and a stop: every interleaving with the steps of all processes.
import { describeWorlds } from './describe-worlds.ts';
import { storyWorlds } from './worlds.ts';

describeWorlds(storyWorlds);
