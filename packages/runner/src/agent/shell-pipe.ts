// A real pipe for a command's output. Node gives children sockets, on which `echo x > /dev/stderr` fails with ENXIO;
// and one pipe for both streams keeps their lines in the order in which they were written.
import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

export type ShellPipe = {
  readonly reader: Socket;
  /** A file descriptor for the child. */
  readonly writer: number;
  /** Ours must be closed once the child has its own, or the reader never sees the end. */
  closeWriter(): void;
};

/** `path` exists only for the moment of opening both ends. `searchPath` is where `mkfifo` is looked for. */
export async function openShellPipe(path: string, searchPath: string): Promise<ShellPipe> {
  await rm(path, { force: true });
  await promisify(execFile)('mkfifo', ['-m', '600', path], { env: { PATH: searchPath } });
  // Without O_NONBLOCK opening a reader waits for a writer.
  const readerFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writer = openSync(path, constants.O_WRONLY);
    const reader = new Socket({ fd: readerFd, readable: true, writable: false });
    return { reader, writer, closeWriter: () => closeSync(writer) };
  } catch (error) {
    closeSync(readerFd);
    throw error;
  } finally {
    await rm(path, { force: true });
  }
}
