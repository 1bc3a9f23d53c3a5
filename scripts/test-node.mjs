// `npm run test:node [-- FILTER ...]`: the tests on a real Kubernetes node, as root, in namespaces of their own.
import { bootstrapWithRedis, root, withTools } from './bootstrap.mjs';
import { buildTools } from './bootstrap/build-tools.mjs';
import { runApart } from './bootstrap/run-apart.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';
import { prepareNode } from './images/prepare-node.mjs';

await stopWithAdvice(async () => {
  const { node, env } = await bootstrapWithRedis();
  await buildTools(root, ['kubernetes']);
  const settings = await prepareNode(root);
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project=node', ...process.argv.slice(2)];
  return runApart(node, args, { cwd: root, env: { ...withTools(env), ...settings } });
});
