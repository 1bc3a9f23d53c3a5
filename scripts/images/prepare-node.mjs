// What a real node is made of and cannot fetch once it is cut off from the network: programs and images.
import { fetchDebianPrograms } from '../bootstrap/fetch-debian-programs.mjs';
import { makeTestImages } from './test-images.mjs';

const PACKAGES = ['containerd', 'runc', 'containernetworking-plugins'];

/** Resolves to the settings by which the tests find it. */
export async function prepareNode(root) {
  const { archive } = await makeTestImages(root);
  return { RUNNEL_NODE_PROGRAMS: await fetchDebianPrograms(PACKAGES), RUNNEL_NODE_IMAGES: archive };
}
