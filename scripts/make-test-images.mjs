// `node scripts/make-test-images.mjs`: builds the images that tests run, where they are not built yet, and prints where they are as JSON;
// with the name of an agent, the runner's image with its program in it.
import { bootstrap, root } from './bootstrap.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';
import { makeAgentImage, makeTestImages } from './images/test-images.mjs';

await stopWithAdvice(async () => {
  await bootstrap();
  const [agent] = process.argv.slice(2);
  console.log(JSON.stringify(await (agent === undefined ? makeTestImages(root) : makeAgentImage(root, agent))));
  return 0;
});
