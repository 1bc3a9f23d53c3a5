// Packing and unpacking: what went in comes out, and nothing of an evil archive gets outside.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { Header, Pax } from 'tar';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { archiveFiles } from './archive-files.ts';
import { archiveSession } from './archive-session.ts';
import { decideLeftOut } from './decide-left-out.ts';
import { listSessionFiles } from './list-session-files.ts';
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from './tar-format.ts';

const run = promisify(execFile);

describe('what comes back', () => {
  test('is what was there: contents, links, rights, times, empty folders, odd names', async () => {
    const from = await newDirectory();
    const { files } = from;
    await mkdir(join(files, 'empty'));
    await mkdir(join(files, 'deep', 'er'), { recursive: true });
    await mkdir(join(files, 'open'), { mode: 0o777 });
    await chmod(join(files, 'open'), 0o777);
    await writeFile(join(files, 'deep', 'er', 'text'), 'content');
    await writeFile(join(files, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(join(files, 'read-only'), 'x', { mode: 0o444 });
    await writeFile(join(files, 'nothing'), '');
    await writeFile(join(files, 'binary'), randomBytes(1_000_003));
    await writeFile(join(files, 'a\nb'), 'newline');
    await writeFile(join(files, 'tab\t"quote\' $(x) \\'), 'signs');
    await writeFile(join(files, `ünï—${'ö'.repeat(100)}`), 'long, and not ASCII');
    await writeFile(join(files, 'x'.repeat(255)), 'long');
    await mkdir(join(files, ...Array.from({ length: 20 }, () => 'y'.repeat(60))), { recursive: true });
    await symlink('/etc/hostname', join(files, 'absolute'));
    await symlink('../state/thread', join(files, 'relative'));
    await symlink('nowhere', join(files, 'dangling'));
    await symlink(`../${'ß'.repeat(90)}`, join(files, 'far'));
    await link(join(files, 'nothing'), join(files, 'hard-link'));
    await writeFile(join(from.state, 'thread'), 'memory');
    await utimes(join(files, 'run.sh'), 1_000_000_000, 1_000_000_000);

    const to = await movedOver(from);
    expect(await describeTree(to)).toEqual(await describeTree(from));
    expect((await lstat(join(to.files, 'run.sh'))).mtimeMs).toBe(1_000_000_000_000);
  });

  test('packs into the very same bytes, wherever it lies, whoever it belongs to', async () => {
    const from = await newDirectory();
    for (const name of ['b', 'a', 'ä', 'B']) await writeFile(join(from.files, name), name.repeat(100_000));
    const listed = await listSessionFiles(from);
    expect(listed.files.map(({ path }) => path)).toEqual([
      'files/',
      'files/B',
      'files/a',
      'files/b',
      'files/ä',
      'state/',
    ]);
    const first = await packed(from);
    const second = await packed(from);
    // What leaves nothing behind changes nothing.
    await writeFile(join(from.files, 'temporary'), 'x');
    await rm(join(from.files, 'temporary'));
    const third = await packed(from);
    const moved = await packed(await movedOver(from));
    for (const other of [second, third, moved]) expect(await readFile(other)).toEqual(await readFile(first));
    await appendFile(join(from.files, 'a'), 'x');
    expect(await readFile(await packed(from))).not.toEqual(await readFile(first));
  });

  test('can be read by any tar', async () => {
    const from = await newDirectory();
    await writeFile(join(from.files, `${'ü'.repeat(80)}.txt`), 'hello');
    const file = await packed(from);
    const { stdout } = await run('sh', [
      '-c',
      'zstd -dc "$1" | tar -xO "files/$2"',
      'sh',
      file,
      `${'ü'.repeat(80)}.txt`,
    ]);
    expect(stdout).toBe('hello');
  });
});

describe('what is left out is said', () => {
  test('sockets, pipes, names and targets that are no UTF-8, long names with a newline', async () => {
    const from = await newDirectory();
    const server = createServer().listen(join(from.files, 'socket'));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    await run('mkfifo', [join(from.files, 'pipe')]);
    await run('bash', [
      '-c',
      `cd "$1"; echo x > $'bad\\xff'; mkdir $'worse\\xff'; echo x > $'worse\\xff/y'; ln -s $'to\\xff' link`,
      'bash',
      from.files,
    ]);
    await writeFile(join(from.files, 'ü\n'), 'x');
    await writeFile(join(from.files, 'kept'), 'x');
    const { leftOut, to } = await movedOverWith(from);
    expect(Object.fromEntries(leftOut.map(({ path, why }) => [path, why]))).toEqual({
      'files/socket': 'no regular file',
      'files/pipe': 'no regular file',
      'files/bad\ufffd': 'its name is no UTF-8',
      'files/worse\ufffd': 'its name is no UTF-8',
      'files/link': 'its target is no UTF-8',
      'files/ü\n': 'its name cannot be kept',
    });
    expect(await readdir(to.files)).toEqual(['kept']);
  });

  test('a file or folder that cannot be read', async () => {
    const from = await newDirectory();
    await mkdir(join(from.files, 'shut'));
    await writeFile(join(from.files, 'secret'), 'x');
    await writeFile(join(from.files, 'kept'), 'x');
    const script = `
      import { archiveSession } from ${JSON.stringify(new URL('./archive-session.ts', import.meta.url).href)};
      const [files, state, file] = process.argv.slice(1);
      if (process.getuid() === 0) process.setuid(65534);
      console.log(JSON.stringify((await archiveSession({ files, state }, file)).leftOut));`;
    const out = await mkdtemp(join(tmpdir(), 'runnel-archive-'));
    onTestFinished(() => rm(out, { recursive: true, force: true }));
    for (const path of [from.files, join(from.files, '..'), from.state]) await chmod(path, 0o755);
    await chmod(out, 0o777);
    for (const name of ['shut', 'secret']) await chmod(join(from.files, name), 0);
    const { stdout } = await run(process.execPath, [
      '--input-type=module',
      '-e',
      script,
      from.files,
      from.state,
      join(out, 'archive'),
    ]);
    await chmod(join(from.files, 'shut'), 0o700);
    expect(JSON.parse(stdout)).toEqual([
      { path: 'files/shut', why: 'unreadable' },
      { path: 'files/secret', why: 'unreadable' },
    ]);
    const to = await newPlace();
    await archiveFiles.unpack(join(out, 'archive'), to);
    expect(await readdir(to.files)).toEqual(['kept']);
  });

  test('of a session that is too large, the largest files', async () => {
    const from = await newDirectory();
    for (const [name, size] of [
      ['small', 10],
      ['large', 5_000],
      ['larger', 6_000],
      ['fits', 900],
    ] as const) {
      await writeFile(join(from.files, name), 'x'.repeat(size));
    }
    const file = await temporary();
    expect((await archiveSession(from, file, { limit: 1_000 })).leftOut).toEqual([
      { path: 'files/large', why: '5,000 bytes are too much' },
      { path: 'files/larger', why: '6,000 bytes are too much' },
    ]);
    const to = await newPlace();
    await archiveFiles.unpack(file, to);
    expect((await readdir(to.files)).toSorted()).toEqual(['fits', 'small']);
  });

  test('a root that is gone, or no folder any more, comes back empty', async () => {
    const from = await newDirectory();
    await rm(from.files, { recursive: true });
    await rm(from.state, { recursive: true });
    await symlink('/etc', from.state);
    const { leftOut, to } = await movedOverWith(from);
    expect(leftOut).toEqual([{ path: 'state', why: 'no folder' }]);
    expect([await readdir(to.files), await readdir(to.state)]).toEqual([[], []]);
  });

  test('no more of them than needed', () => {
    const files = [5, 1, 9, 3].map((size) => ({ path: String(size), size }));
    expect(decideLeftOut(files, 18)).toEqual(new Set());
    expect(decideLeftOut(files, 17)).toEqual(new Set(['9']));
    expect(decideLeftOut(files, 8)).toEqual(new Set(['9', '5']));
  });
});

test('files that grow, shrink, come and go meanwhile never fail the packing, and the archive is whole', async () => {
  const from = await newDirectory();
  const names = Array.from({ length: 40 }, (_, index) => join(from.files, `file-${index}`));
  for (const name of names) await writeFile(name, randomBytes(300_000));
  const busy = spawn(
    'bash',
    [
      '-c',
      'while :; do for f in file-*; do : > $f; head -c $((RANDOM * 20)) /dev/zero > $f; rm -f file-$((RANDOM % 40)); done; done',
    ],
    {
      cwd: from.files,
      stdio: 'ignore',
      detached: true,
    },
  );
  const gone = once(busy, 'exit');
  // The shell's own children too, and before the folder they write into is removed.
  onTestFinished(async () => {
    if (busy.pid !== undefined) process.kill(-busy.pid, 'SIGKILL');
    await gone;
  });
  for (let round = 0; round < 10; round += 1) {
    const file = await packed(from);
    await archiveFiles.unpack(file, await newPlace());
  }
});

test('a file that is cut off while it is read keeps its length and is reported', async () => {
  const from = await newDirectory();
  // A sparse file takes long enough to be cut in the middle.
  await writeFile(join(from.files, 'a-large'), '');
  await truncate(join(from.files, 'a-large'), 200 * 1024 ** 2);
  const file = await temporary();
  const packing = archiveSession(from, file);
  await expect
    .poll(async () => (await lstat(file).catch(() => ({ size: 0 }))).size, { interval: 1 })
    .toBeGreaterThan(0);
  await truncate(join(from.files, 'a-large'), 0);
  const { leftOut, standing } = await packing;
  expect(leftOut).toEqual([{ path: 'files/a-large', why: 'it changed while it was saved' }]);
  // It is packed the next time, whatever it looks like then.
  expect(standing?.fingerprint).toBeUndefined();
  expect(standing?.snapshot?.get('files/a-large')).toBe('');
  await archiveFiles.unpack(file, await newPlace());
});

describe('an archive that is not ours', () => {
  const roots: TarEntry[] = [folder('files/'), folder('state/')];

  test.each<[string, TarEntry[]]>([
    ['goes up', [...roots, text('files/../../evil')]],
    ['goes up from a root', [text('../evil'), ...roots]],
    ['is absolute', [...roots, text('/tmp/runnel-evil')]],
    [
      'writes through a link',
      [...roots, { ...text('files/out'), type: 'SymbolicLink', size: 0, link: '../..' }, text('files/out/evil')],
    ],
    [
      'makes a folder of a link',
      [...roots, { ...text('files/out'), type: 'SymbolicLink', size: 0, link: '../..' }, folder('files/out/')],
    ],
    [
      'makes a root of a link',
      [{ ...text('files'), type: 'SymbolicLink', size: 0, link: '..' }, folder('state/'), text('files/evil')],
    ],
    ['writes over what it wrote', [...roots, text('files/a'), text('files/a')]],
    ['names no folder first', [...roots, text('files/a/b')]],
    ['has another root', [...roots, text('other/evil')]],
    ['has empty names', [...roots, text('files//evil')]],
  ])('%s: refused, and nothing is written', async (_, entries) => {
    const contents = entries.flatMap((entry) => [
      encodeTarHeader(entry) ?? '',
      'x'.repeat(entry.size),
      tarPadding(entry.size),
    ]);
    const to = await newPlace();
    await expect(archiveFiles.unpack(await written(contents), to)).rejects.toMatchObject({ code: 'store_corrupt' });
    await expectUntouched(to);
  });

  test.each(['Link', 'CharacterDevice', 'FIFO'] as const)('holds a %s: refused', async (type) => {
    const block = Buffer.alloc(512);
    new Header({ path: 'files/odd', type, size: 0, mode: 0o644, linkpath: '/etc/passwd' }).encode(block);
    const to = await newPlace();
    await expect(
      archiveFiles.unpack(await written([...roots.map((root) => encodeTarHeader(root) ?? ''), block]), to),
    ).rejects.toMatchObject({ code: 'store_corrupt' });
    await expectUntouched(to);
  });

  test('a pax header that says another path is held to the same rules', async () => {
    const block = encodeTarHeader(text('files/good')) ?? Buffer.alloc(0);
    const file = await written([
      ...roots.map((root) => encodeTarHeader(root) ?? ''),
      new Pax({ path: '../evil' }).encode(),
      block,
      'x',
      tarPadding(1),
    ]);
    const to = await newPlace();
    await expect(archiveFiles.unpack(file, to)).rejects.toMatchObject({ code: 'store_corrupt' });
    await expectUntouched(to);
  });

  test('is cut off, damaged, or nothing of the kind: corrupt, and nothing is written', async () => {
    const from = await newDirectory();
    await writeFile(join(from.files, 'a'), randomBytes(3_000_000));
    const whole = await readFile(await packed(from));
    const flipped = Buffer.from(whole);
    flipped[100] = (flipped[100] ?? 0) ^ 0xff;
    for (const content of [
      whole.subarray(0, -10),
      whole.subarray(0, 10_000),
      flipped,
      Buffer.from('no archive'),
      Buffer.alloc(0),
    ]) {
      const to = await newPlace();
      const file = await temporary();
      await writeFile(file, content);
      await expect(archiveFiles.unpack(file, to)).rejects.toMatchObject({ code: 'store_corrupt' });
      await expectUntouched(to);
    }
  });

  test('into a directory that is not empty nothing is unpacked', async () => {
    const to = await newPlace();
    await mkdir(to.files);
    await writeFile(join(to.files, 'mine'), 'x');
    await expect(archiveFiles.unpack(await packed(await newDirectory()), to)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(await readdir(to.files)).toEqual(['mine']);
    expect(await readdir(join(to.files, '..'))).toEqual(['files']);
  });
});

function folder(path: string): TarEntry {
  return { path, type: 'Directory', size: 0, mode: 0o700 };
}

function text(path: string): TarEntry {
  return { path, type: 'File', size: 1, mode: 0o600 };
}

async function written(contents: (Buffer | string)[]): Promise<string> {
  const file = await temporary();
  const tar = Buffer.concat([...contents, tarEnd()].map((content) => Buffer.from(content)));
  await writeFile(file, zstdCompressSync(tar));
  return file;
}

async function expectUntouched(to: SessionDirectory): Promise<void> {
  expect(await readdir(join(to.files, '..'))).toEqual([]);
  expect(await readdir(join(to.files, '..', '..'))).toEqual(['place']);
}

/** In a folder that holds nothing else, in a folder that holds nothing else. */
async function newPlace(): Promise<SessionDirectory> {
  const outer = await mkdtemp(join(tmpdir(), 'runnel-archive-'));
  onTestFinished(() => rm(outer, { recursive: true, force: true }));
  await mkdir(join(outer, 'place'));
  await chmod(outer, 0o755);
  return { files: join(outer, 'place', 'files'), state: join(outer, 'place', 'state') };
}

async function newDirectory(): Promise<SessionDirectory> {
  const place = await newPlace();
  await mkdir(place.files);
  await mkdir(place.state);
  return place;
}

async function temporary(): Promise<string> {
  const place = await newPlace();
  return join(place.files, '..', 'archive');
}

async function packed(from: SessionDirectory): Promise<string> {
  const file = await temporary();
  await archiveFiles.pack(from, file);
  return file;
}

async function movedOver(from: SessionDirectory): Promise<SessionDirectory> {
  return (await movedOverWith(from)).to;
}

async function movedOverWith(from: SessionDirectory) {
  const file = await temporary();
  const { leftOut } = await archiveFiles.pack(from, file);
  const to = await newPlace();
  await archiveFiles.unpack(file, to);
  return { leftOut, to };
}

/** Path, kind, rights, target and content of everything. */
async function describeTree({ files, state }: SessionDirectory): Promise<unknown[]> {
  const entries = await readdir(join(files, '..'), { recursive: true, withFileTypes: true });
  const root = join(files, '..');
  expect(join(state, '..')).toBe(root);
  const described = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mode } = await lstat(path);
    const content = entry.isFile()
      ? (await readFile(path)).toString('base64')
      : entry.isSymbolicLink() && (await readlink(path));
    return [path.slice(root.length), entry.isSymbolicLink() || mode, content];
  });
  return (await Promise.all(described)).toSorted(([one], [other]) => String(one).localeCompare(String(other)));
}
