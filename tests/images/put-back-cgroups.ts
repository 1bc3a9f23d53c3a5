// podman leaves the empty cgroup behind that its containers were in.
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/** Once after all tests of the images. What is not empty belongs to somebody else's containers. */
export function teardown(): void {
  if (!existsSync(CGROUPS)) return;
  const groups = readdirSync(CGROUPS).map((hierarchy) => join(CGROUPS, hierarchy, 'libpod_parent'));
  for (const group of groups.filter((path) => existsSync(path))) {
    for (const path of [join(group, 'conmon'), group]) {
      try {
        rmdirSync(path);
      } catch {
        // Not there, or in use.
      }
    }
  }
}
