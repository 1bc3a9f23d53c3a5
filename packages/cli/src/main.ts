// `runnel`, the program of operators.
//
// arguments -> command -> what it finds in Redis, or what a launcher tells -> text
import { diagnoseCommand } from './diagnose-command.ts';
import { explainCommand } from './explain-command.ts';
import { httpOperations } from './http-operations.ts';
import type { openFactReader } from './redis-fact-reader.ts';
import { runProgram } from './run-program.ts';
import { runnersCommand } from './runners-command.ts';

/** Redis and the queue take longer to load than the other commands take. */
const openFacts: typeof openFactReader = async (redisUrl) => {
  const { openFactReader: open } = await import('./redis-fact-reader.ts');
  return open(redisUrl);
};

process.exitCode = await runProgram({
  commands: [explainCommand(openFacts), diagnoseCommand(httpOperations), runnersCommand(httpOperations)],
  argv: process.argv.slice(2),
  env: process.env,
  say: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});
