// `npm run cluster -- up | down | status`: as root on Linux with a real node, which needs programs and images; otherwise with played ones.
import { bootstrap, bootstrapWithRedis, root } from './bootstrap.mjs';
import { buildTools } from './bootstrap/build-tools.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { Advice, stopWithAdvice } from './bootstrap/stop-with-advice.mjs';
import { prepareNode } from './images/prepare-node.mjs';

await stopWithAdvice(async () => {
  const args = process.argv.slice(2);
  const canBeReal = args[0] === 'up' && process.platform === 'linux' && process.getuid?.() === 0;
  const { node, env } = canBeReal ? await prepareReal() : { node: await bootstrap(), env: process.env };
  return runNode(node, ['tests/cluster/main.ts', ...args], { cwd: root, env });
});

async function prepareReal() {
  const { node, env } = await bootstrapWithRedis();
  try {
    await buildTools(root, ['kubernetes']);
    return { node, env: { ...env, ...(await prepareNode(root)) } };
  } catch (error) {
    if (!(error instanceof Advice)) throw error;
    console.error(`A real node is not to be had: ${error.message}`);
    return { node, env };
  }
}
