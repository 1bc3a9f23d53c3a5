// What Claude Code asked before its runner slept, on a model that never puts it in the same words twice.
import { claude } from './claude-on.ts';
import { describeAgentAsks } from './describe-agent-asks.ts';

describeAgentAsks(claude);
