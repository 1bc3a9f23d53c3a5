// What Codex asked before its runner slept, on a model that never puts it in the same words twice.
import { codex } from './codex-on.ts';
import { describeAgentAsks } from './describe-agent-asks.ts';

describeAgentAsks(codex);
