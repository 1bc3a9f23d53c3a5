// The images that tests run: one archive of all three, made from this very source, in a cache outside the tree.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../bootstrap/cache-folder.mjs';
import { findProgram } from '../bootstrap/find-program.mjs';
import { canInstallDebianPackages, installDebianPackage } from '../bootstrap/install-debian-package.mjs';
import { runVisibly } from '../bootstrap/run-visibly.mjs';
import { Advice } from '../bootstrap/stop-with-advice.mjs';
import { buildImages } from './build-images.mjs';

const SOURCES = ['docker', 'packages/shared', 'packages/ingress', 'packages/launcher', 'packages/runner'];
const FILES = [
  '.dockerignore',
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'scripts/images/make-base.mjs',
];

const PAUSE = 'localhost/runnel/pause:dev';

/** Archives of earlier sources are of no use to anybody. */
const KEPT_ARCHIVES = 3;

/** As long as somebody may still be testing with them. The more there are, the slower podman is at everything. */
const KEPT_IMAGES = '2h';

/** Programs from Debian's packages of the same name. */
const PROGRAMS = ['podman', 'runc', 'mmdebstrap'];

/** Resolves to `{ archive, podman }`: the path of a docker archive, and the command with its options that has a storage of its own. */
export async function makeTestImages(root) {
  await installPrograms();
  const cache = cacheFolder();
  const podman = podmanCommand(cache);
  const folder = join(cache, 'images');
  const archive = join(folder, `${fingerprint(root)}.tar`);
  if (!existsSync(archive)) await build({ root, podman, archive, folder });
  return { archive, podman };
}

/** Resolves to `{ podman, image }`: a runner's image with the program of an agent in it, which stays where podman builds. */
export async function makeAgentImage(root, agent) {
  await installPrograms();
  const podman = podmanCommand(cacheFolder());
  const [image] = await buildTestImages(root, podman, { tag: agent, agent, targets: ['runner'] });
  return { podman, image };
}

function buildTestImages(root, tool, options) {
  // Where this machine trusts more than Node does, so must what runs in the build.
  const ca = process.env.NODE_EXTRA_CA_CERTS ?? '';
  const secrets = ca === '' ? {} : { ca };
  const prefix = 'localhost/runnel';
  return buildImages({ root, tool, prefix, baseFromPackages: true, secrets, env: environment(root), ...options });
}

function environment(root) {
  return { ...process.env, CONTAINERS_CONF: join(root, 'docker/containers.conf') };
}

async function build({ root, podman, archive, folder }) {
  console.error(`Building the images (a minute or two, the first time five; kept in ${folder}) ...`);
  mkdirSync(folder, { recursive: true });
  const images = await buildTestImages(root, podman, { tag: 'dev' });
  const env = environment(root);
  const run = async (...args) => {
    const { code } = await runVisibly(podman[0], [...podman.slice(1), ...args], { cwd: root, env });
    if (code !== 0) throw new Advice('The images could not be made; the lines above say why.');
  };
  // What holds the namespaces of a pod on the real node.
  await run('build', '--network=host', '--tag', PAUSE, '--file', 'tests/node/pause.Dockerfile', 'tests/node');
  const unfinished = `${archive}.${randomUUID()}`;
  try {
    await run('save', '--multi-image-archive', '--output', unfinished, ...images, PAUSE);
    renameSync(unfinished, archive);
  } finally {
    rmSync(unfinished, { force: true });
  }
  await run('image', 'prune', '--force', '--filter', `until=${KEPT_IMAGES}`);
  forgetOldArchives(folder);
}

function forgetOldArchives(folder) {
  const age = (name) => statSync(join(folder, name)).mtimeMs;
  const archives = readdirSync(folder).filter((name) => name.endsWith('.tar'));
  const old = archives.toSorted((a, b) => age(b) - age(a)).slice(KEPT_ARCHIVES);
  for (const name of old) rmSync(join(folder, name), { force: true });
}

async function installPrograms() {
  for (const name of PROGRAMS) {
    if (findProgram(name) !== undefined) continue;
    if (!canInstallDebianPackages()) {
      throw new Advice(`The tests of the images need ${name}, and root: install it first.`);
    }
    await installDebianPackage(name);
  }
}

/** Its layers are in nobody's way; its mounts, which podman leaves behind, go with the mount namespace of each command. */
function podmanCommand(cache) {
  const storage = join(cache, 'containers');
  return [
    'unshare',
    '--mount',
    'podman',
    '--root',
    join(storage, 'root'),
    '--runroot',
    join(storage, 'run'),
    '--storage-driver',
    'overlay',
  ];
}

/** Everything that decides what is in the images. */
function fingerprint(root) {
  const hash = createHash('sha256').update(process.arch);
  for (const file of [...FILES, ...SOURCES.flatMap((folder) => listFiles(root, folder))]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** What .dockerignore lets into the build, in a fixed order. */
function listFiles(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.name === 'node_modules' || entry.name === 'testing') return [];
      if (entry.isDirectory()) return listFiles(root, path);
      return /\.(test|testsuite)\.ts$/.test(entry.name) ? [] : [path];
    });
}
