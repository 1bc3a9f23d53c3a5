// What `npm run cluster -- up` leaves in the background as root: the namespaces of the real node, until what is in them ends.
import { root } from './bootstrap.mjs';
import { runApart } from './bootstrap/run-apart.mjs';

const [folder] = process.argv.slice(2);
process.exitCode = await runApart(process.execPath, ['tests/node/keep-real-cluster.ts', folder], {
  cwd: root,
  env: process.env,
});
