// One program of this repository by itself, on Node 24, with the settings of the environment: `npm run ingress` and the like.
import { bootstrap, root } from './bootstrap.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

await stopWithAdvice(async () => runNode(await bootstrap(), process.argv.slice(2), { cwd: root, env: process.env }));
