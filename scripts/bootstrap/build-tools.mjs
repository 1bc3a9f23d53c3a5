// Builds the programs that tests stand on, each module of tests/tools by itself, into a cache outside the tree.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { findProgram } from './find-program.mjs';
import { runVisibly } from './run-visibly.mjs';
import { Advice } from './stop-with-advice.mjs';

const kubernetes = (name) => ({ [name]: `k8s.io/kubernetes/cmd/${name}` });

/** Module folder, then how long it takes and the name of each program with the package it is made of: many a `main` is called `server`. */
const TOOLS = {
  toxiproxy: {
    takes: 'a minute or two',
    programs: { 'toxiproxy-server': 'github.com/Shopify/toxiproxy/v2/cmd/server' },
  },
  gcs: {
    takes: 'about four minutes',
    programs: { 'fake-gcs-server': 'github.com/fsouza/fake-gcs-server' },
  },
  kubernetes: {
    takes: 'about ten minutes on two cores, 3 GB for its sources and what Go keeps',
    programs: {
      etcd: 'go.etcd.io/etcd/server/v3',
      ...kubernetes('kube-apiserver'),
      ...kubernetes('kube-controller-manager'),
      ...kubernetes('kube-scheduler'),
      ...kubernetes('kubectl'),
      ...kubernetes('kubelet'),
    },
    linkerFlags: kubernetesVersion,
  },
  kwok: {
    takes: 'two or three minutes',
    programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
  },
};

/** Resolves to `{ program name: path }` of the named modules of tests/tools, or of all. Costs a few milliseconds when there is nothing to do. */
export async function buildTools(root, modules = Object.keys(TOOLS)) {
  const paths = {};
  for (const module of modules) Object.assign(paths, await buildTool(root, module));
  return paths;
}

async function buildTool(root, module) {
  if (TOOLS[module] === undefined) {
    throw new Advice(`There is no tests/tools/${module}, only ${Object.keys(TOOLS).join(', ')}.`);
  }
  const source = join(root, 'tests', 'tools', module);
  const plan = { ...TOOLS[module], module, source, flags: linkerFlags(module, source) };
  const folder = join(cacheFolder(), 'tools', `${module}-${fingerprint(plan)}`);
  // The folder gets its name when all of it is built, so that it is whole or not there, whoever builds it at the same time.
  if (!existsSync(folder)) await build(plan, folder);
  return Object.fromEntries(Object.keys(plan.programs).map((name) => [name, join(folder, name)]));
}

async function build({ module, source, programs, takes, flags }, folder) {
  const go = findGo(module);
  console.error(`Building ${module} with ${go} (once, ${takes}; kept in ${cacheFolder()}) ...`);
  const unfinished = `${folder}.${randomUUID()}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    // All programs at once: they share most of the work.
    const args = ['build', '-v', '-mod=readonly', '-trimpath', `-ldflags=${flags}`, '-o', `${unfinished}/`];
    const { code } = await runVisibly(go, [...args, ...Object.values(programs)], {
      cwd: source,
      env: { ...process.env, CGO_ENABLED: '0' },
      show: countPackages(module),
    });
    if (code !== 0) {
      throw new Advice(
        `${module} could not be built from tests/tools/${module}; the lines above say why. Without a network, the Go module proxy (GOPROXY) must be reachable another way.`,
      );
    }
    for (const [name, main] of Object.entries(programs)) {
      renameSync(join(unfinished, nameByGo(main)), join(unfinished, name));
    }
    settle(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** The last part of a package's path that is no major version. */
function nameByGo(main) {
  return main
    .replace(/\/v\d+$/, '')
    .split('/')
    .at(-1);
}

/** What to show of `go build -v`: of the names of what is compiled, thousands of lines, only how many. */
function countPackages(module) {
  let compiled = 0;
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    const shown = [];
    for (const line of lines) {
      if (!/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) shown.push(line);
      else if (++compiled % 200 === 0) shown.push(`  ${module}: ${compiled} packages compiled`);
    }
    return shown.map((line) => `${line}\n`).join('');
  };
}

/** Whoever built the same meanwhile was first. */
function settle(unfinished, folder) {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function findGo(module) {
  const beside = '/usr/local/go/bin/go';
  const go = findProgram('go') ?? (existsSync(beside) ? beside : undefined);
  if (go !== undefined) return go;
  throw new Advice(
    `The tests need ${module}, which is built with Go, and there is no \`go\` on the PATH. Install Go 1.26 or newer (https://go.dev/dl), then run the command again.`,
  );
}

function linkerFlags(module, source) {
  return ['-s -w', ...(TOOLS[module].linkerFlags?.(source) ?? [])].join(' ');
}

/** Without it every program would call itself v0.0.0, and its clients would think that of the cluster. */
function kubernetesVersion(source) {
  const [, version, minor] = /^\tk8s\.io\/kubernetes (v1\.(\d+)\.\d+)/m.exec(
    readFileSync(join(source, 'go.mod'), 'utf8'),
  );
  const facts = {
    gitVersion: version,
    gitMajor: '1',
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: 'module',
    buildDate: '1970-01-01T00:00:00Z',
  };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((place) =>
    Object.entries(facts).map(([name, value]) => `-X ${place}.${name}=${value}`),
  );
}

/** Everything that decides what is built. */
function fingerprint({ source, programs, flags }) {
  const decisive = `${process.platform} ${process.arch} ${JSON.stringify(programs)} ${flags}`;
  const hash = createHash('sha256').update(decisive);
  for (const file of ['go.mod', 'go.sum']) hash.update(`\0${file}\0`).update(readFileSync(join(source, file)));
  return hash.digest('hex').slice(0, 16);
}
