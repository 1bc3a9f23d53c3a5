// The programs of the agents, by the lock file in `agents/`, in a cache outside the tree: a few hundred megabytes, and not ours.
import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { runVisibly } from './run-visibly.mjs';
import { Advice } from './stop-with-advice.mjs';

const FILES = ['package.json', 'package-lock.json'];

/** What Codex calls the platforms. */
const CODEX_TARGETS = {
  'darwin-arm64': 'aarch64-apple-darwin',
  'darwin-x64': 'x86_64-apple-darwin',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'linux-x64': 'x86_64-unknown-linux-musl',
};

/** Resolves to the path of each program by the agent's name. Costs a few milliseconds when there is nothing to do. */
export async function installAgents(root) {
  const source = join(root, 'agents');
  const folder = join(cacheFolder(), `agents-${fingerprint(source)}`);
  if (!existsSync(folder)) await install(source, folder);
  return programsIn(folder);
}

async function install(source, folder) {
  console.error(`Installing the agents' programs (once, some 1 GB; kept in ${folder}) ...`);
  // The folder gets its name when all of it is there, whoever installs it at the same time.
  const unfinished = `${folder}.${randomUUID()}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    for (const file of FILES) copyFileSync(join(source, file), join(unfinished, file));
    const { code } = await runVisibly('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: unfinished,
    });
    if (code !== 0) throw new Advice("The agents' programs could not be installed; the lines above say why.");
    giveRipgrep(unfinished);
    // npm leaves out what it cannot have, and is content.
    for (const [name, path] of Object.entries(programsIn(unfinished))) {
      if (!existsSync(path)) throw new Advice(`There is no ${name} for ${process.platform} on ${process.arch} here.`);
    }
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** OpenCode searches files with it, and would fetch it from the network where it finds none. */
function giveRipgrep(folder) {
  const platform = `${process.platform}-${process.arch}`;
  const ripgrep = join(folder, `node_modules/@vscode/ripgrep-${platform}/bin/rg`);
  const beside = dirname(programsIn(folder).opencode);
  if (existsSync(ripgrep) && existsSync(beside)) linkSync(ripgrep, join(beside, 'rg'));
}

function programsIn(folder) {
  const platform = `${process.platform}-${process.arch}`;
  const codex = `node_modules/@openai/codex-${platform}/vendor/${CODEX_TARGETS[platform]}/bin/codex`;
  return {
    claude: join(folder, `node_modules/@anthropic-ai/claude-code-${platform}/claude`),
    opencode: join(folder, `node_modules/opencode-${platform}/bin/opencode`),
    // Its program is looked up beside other files of its package, so it stays where it is.
    codex: join(folder, codex),
  };
}

function fingerprint(source) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of FILES) hash.update(`\0${file}\0`).update(readFileSync(join(source, file)));
  return hash.digest('hex').slice(0, 16);
}
