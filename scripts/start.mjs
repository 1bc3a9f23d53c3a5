// `npm start`: everything on this machine, with a chat page in the browser.
import { bootstrap, bootstrapWithRedis, root } from './bootstrap.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

await stopWithAdvice(async () => {
  const hasRedis = (process.env.REDIS_URL ?? '') !== '';
  const { node, env } = hasRedis ? { node: await bootstrap(), env: process.env } : await bootstrapWithRedis();
  return runNode(node, ['packages/dev/src/main.ts', ...process.argv.slice(2)], { cwd: root, env });
});
