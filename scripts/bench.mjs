// `npm run bench`: the figures, as ratios to floors of the same run.
import { bootstrapWithRedis, root } from './bootstrap.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

await stopWithAdvice(async () => {
  const { node, env } = await bootstrapWithRedis();
  return runNode(node, ['benchmarks/main.ts', ...process.argv.slice(2)], { cwd: root, env });
});
