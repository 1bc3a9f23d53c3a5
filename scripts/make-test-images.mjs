// `node scripts/make-test-images.mjs`: builds the images that tests run, where they are not built yet, and prints where they are as JSON.
import { bootstrap, root } from './bootstrap.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';
import { makeTestImages } from './images/test-images.mjs';

await stopWithAdvice(async () => {
  await bootstrap();
  console.log(JSON.stringify(await makeTestImages(root)));
  return 0;
});
