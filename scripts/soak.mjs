// `npm run soak -- --users 200 --messages 1000000 --faults all --seed 7`: the protocol under faults, for as long as it takes.
import { bootstrapWithRedis, root } from './bootstrap.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

await stopWithAdvice(async () => {
  const { node, env } = await bootstrapWithRedis();
  return runNode(node, ['tests/soak/main.ts', ...process.argv.slice(2)], { cwd: root, env });
});
