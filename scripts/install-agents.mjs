// Installs the agents' programs where they are not there yet, and prints their paths by name, as JSON.
import { root } from './bootstrap.mjs';
import { installAgents } from './bootstrap/install-agents.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

await stopWithAdvice(async () => {
  console.log(JSON.stringify(await installAgents(root)));
  return 0;
});
