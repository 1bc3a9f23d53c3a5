// `node docker/main.ts FOLDER`: bundles every process into a folder of its own in there. The build stage of the images runs it.
import { join } from 'node:path';
import { bundleProcess, processes } from './bundle-process.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder that the bundles go to.');
for (const name of processes) await bundleProcess(name, join(folder, name));
