// What OpenCode asked before its runner slept, on a model that never puts it in the same words twice.
import { describeAgentAsks } from './describe-agent-asks.ts';
import { opencode } from './opencode-on.ts';

describeAgentAsks(opencode);
