// `node scripts/build-tools.mjs [MODULE ...]`: builds what tests stand on, where it is not built yet, and prints the path of each program as JSON.
import './bootstrap/require-node-20.mjs';
import { fileURLToPath } from 'node:url';
import { buildTools } from './bootstrap/build-tools.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

await stopWithAdvice(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const modules = process.argv.slice(2);
  console.log(JSON.stringify(await buildTools(root, modules.length > 0 ? modules : undefined)));
  return 0;
});
