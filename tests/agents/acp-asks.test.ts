// What an agent of the Agent Client Protocol asked before its runner slept, on a model that never puts it in the same words twice.
import { bridged } from './acp-on.ts';
import { describeAgentAsks } from './describe-agent-asks.ts';

describeAgentAsks(bridged);
