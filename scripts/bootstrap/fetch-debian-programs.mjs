// Programs out of Debian's packages, unpacked into a cache outside the tree: nothing is installed on the system.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { findProgram } from './find-program.mjs';
import { runVisibly } from './run-visibly.mjs';
import { Advice } from './stop-with-advice.mjs';

/** Resolves to the folder that stands for `/` in the packages. What they depend on must be there. */
export async function fetchDebianPrograms(packages) {
  if (findProgram('apt-get') === undefined || findProgram('dpkg') === undefined) {
    throw new Advice(`${packages.join(', ')} are taken from Debian's packages, and this is not Debian.`);
  }
  const release = readFileSync('/etc/os-release', 'utf8');
  const key = createHash('sha256')
    .update(`${process.arch}\0${release}\0${packages.join(' ')}`)
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheFolder(), 'debian', key);
  if (existsSync(folder)) return folder;
  console.error(`Fetching ${packages.join(', ')} from Debian's packages (once; kept in ${folder}) ...`);
  const unfinished = `${folder}.${randomUUID()}`;
  mkdirSync(join(unfinished, 'packages'), { recursive: true });
  try {
    await download(packages, join(unfinished, 'packages'));
    for (const name of readdirSync(join(unfinished, 'packages'))) {
      await must('dpkg', ['-x', join(unfinished, 'packages', name), unfinished]);
    }
    rmSync(join(unfinished, 'packages'), { recursive: true });
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** As root apt would give up its rights, and then could not write here. */
async function download(packages, cwd) {
  const args = ['-o', 'APT::Sandbox::User=root', 'download', ...packages];
  const first = await runVisibly('apt-get', args, { cwd });
  if (first.code === 0) return;
  // A fresh machine has no package lists, an old one has stale ones.
  await must('apt-get', ['update']);
  await must('apt-get', args, { cwd });
}

async function must(command, args, options = {}) {
  const { code } = await runVisibly(command, args, options);
  if (code !== 0) throw new Advice(`\`${command} ${args.join(' ')}\` failed; the lines above say why.`);
}
