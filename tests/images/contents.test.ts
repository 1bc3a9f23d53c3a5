// What is in the images, and what is not: looked at from outside, file by file.
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { processes, type ProcessName } from '@runnel/images';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { findTestImages, type TestImages } from './test-images.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

// What fetches, builds or installs. Debian's own apt and dpkg stay: a user that is not root can do nothing with them.
const UNWANTED = [
  'npm',
  'npx',
  'pnpm',
  'yarn',
  'corepack',
  'gcc',
  'cc',
  'make',
  'python3',
  'curl',
  'wget',
  'ssh',
  'nc',
];

/** What stands in a file of its own: a thread's code, and what is loaded only where it is wanted. */
const apart = {
  ingress: [],
  launcher: ['kubernetes-pod-backend.js'],
  runner: [
    'redis-renewal-thread.js',
    'acp-provider.js',
    'terminal-provider.js',
    'claude-provider.js',
    'opencode-provider.js',
    'codex-provider.js',
    'github-forge.js',
    'bucket-session-store.js',
  ],
};

type FileEntry = { readonly mode: number; readonly owner: string; readonly path: string; readonly type: string };

let images: TestImages;
beforeAll(async () => {
  images = await findTestImages();
}, 1_200_000);

describe.each(processes)('the image of %s', (name) => {
  let files: FileEntry[];
  beforeAll(async () => {
    files = await listFiles(images, name);
  }, 120_000);

  test('has nothing that its user could write, but temporary folders', () => {
    const isWritable = ({ mode, owner }: FileEntry): boolean => owner === '10001:10001' || (mode & 0o002) !== 0;
    const found = files.filter((file) => file.type !== 'l' && file.type !== 'c' && isWritable(file));
    expect(found.map(({ path }) => path).toSorted()).toEqual(['run/lock', 'tmp', 'var/tmp']);
  });

  test('has nothing that gives rights', () => {
    expect(files.filter(({ mode, type }) => type === '-' && (mode & 0o6000) !== 0)).toEqual([]);
  });

  test('has no program that fetches, builds or installs', () => {
    const programs = new Set(
      files.filter(({ path }) => /^(usr\/(local\/)?)?s?bin\//.test(path)).map(({ path }) => path.replace(/.*\//, '')),
    );
    expect(UNWANTED.filter((program) => programs.has(program))).toEqual([]);
    expect(programs.has('git')).toBe(name === 'runner');
    expect(programs.has('tini')).toBe(true);
  });

  test('is our code in a handful of files, with the list of what it was made of', async () => {
    const ours = files.filter(({ path, type }) => path.startsWith('app/') && type === '-').map(({ path }) => path);
    const scripts = ours.filter((path) => path.endsWith('.js') && !path.includes('node_modules'));
    expect(scripts).toEqual(expect.arrayContaining(['main.js', ...apart[name]].map((file) => `app/${file}`)));
    expect(scripts.length).toBeLessThan(40);
    const bill = JSON.parse(await readFileOf(images, name, '/app/sbom.cdx.json')) as {
      bomFormat: string;
      components: { name: string; version: string }[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    expect(bill.components.map((component) => component.name)).toContain('ioredis');
    expect(bill.components.map((component) => component.name)).not.toContain('vitest');
  });

  test('says what it is', async () => {
    const [config] = JSON.parse(await images.podman('image', 'inspect', images.id(name))) as {
      Config: { User: string; Labels: Record<string, string>; Env: string[]; Entrypoint: string[] };
    }[];
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
    expect(config?.Config.User).toBe('10001:10001');
    expect(config?.Config.Entrypoint.slice(0, 2)).toEqual(['/usr/bin/tini', '--']);
    expect(config?.Config.Labels).toMatchObject({
      'org.opencontainers.image.title': `runnel ${name}`,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': expect.stringMatching(/^([0-9a-f]{40}(-changed)?|unknown)$/),
      'org.opencontainers.image.base.name': expect.stringContaining('node:24-bookworm-slim'),
    });
    expect(config?.Config.Env.map((variable) => variable.replace(/=.*/, '')).toSorted()).toEqual([
      'NODE_VERSION',
      'PATH',
    ]);
  });

  test('fits into 80 MB over its base', async () => {
    const sizeOf = async (image: string): Promise<number> =>
      Number(await images.podman('image', 'inspect', '--format={{.Size}}', image));
    const base = await sizeOf('docker.io/library/node:24-bookworm-slim');
    expect(((await sizeOf(images.id(name))) - base) / 1e6).toBeLessThan(80);
  });
});

test('no layer keeps a build secret, or knows where it was built', async () => {
  // Every layer as it is, what a later one hides included.
  const found = await execa(
    'grep',
    [
      '--only-matching',
      '--text',
      '--extended-regexp',
      `${root}|${userInfo().homedir}/\\.(cache|npmrc)|/build/packages`,
      images.archive,
    ],
    { reject: false },
  );
  expect(found.stdout).toBe('');
  expect(found.exitCode, 'grep looked').toBe(1);
  for (const name of processes) {
    const paths = (await listFiles(images, name)).map(({ path }) => path);
    expect(paths.filter((path) => /^(run\/secrets\/.|root\/\.npmrc$|(docker|build)(\/|$))/.test(path))).toEqual([]);
  }
});

/** All of an image, flattened, as `tar` lists it. */
async function listFiles(all: TestImages, name: ProcessName): Promise<FileEntry[]> {
  const container = await all.podman('create', all.id(name));
  try {
    const command = [...all.command, 'export', container].join(' ');
    const { stdout } = await execa('sh', ['-c', `${command} | tar --list --verbose --numeric-owner`], { env: all.env });
    return stdout.split('\n').map(parseEntry);
  } finally {
    await all.podman('rm', container);
  }
}

function parseEntry(line: string): FileEntry {
  const [, type = '', bits = '', owner = '', path = ''] =
    /^(.)(.{9}) (\S+)\s+\S+ \S+ \S+ (.+?)( -> .*| link to .*)?$/.exec(line) ?? [];
  return { type, owner: owner.replace('/', ':'), path: path.replace(/\/$/, ''), mode: modeOf(bits) };
}

/** `rwsr-xr-t` as a number. */
function modeOf(bits: string): number {
  const plain = bits.split('').reduce((mode, bit) => mode * 2 + (/[-ST]/.test(bit) ? 0 : 1), 0);
  const special = (/[sS]/.test(bits.charAt(2)) ? 0o4000 : 0) + (/[sS]/.test(bits.charAt(5)) ? 0o2000 : 0);
  return plain + special;
}

async function readFileOf(all: TestImages, name: ProcessName, path: string): Promise<string> {
  return all.podman('run', '--rm', '--network=host', '--entrypoint=cat', all.id(name), path);
}
