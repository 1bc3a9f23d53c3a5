// A runner's session store and archiver, with the vault of the main process behind them. A session is one line: whose turn was the last.
import { createHash } from 'node:crypto';
import type { RunnerPorts } from '@runnel/runner/serving';
import { retryable, RunnelError, type Holder } from '@runnel/shared';
import type { Peer } from './peer.ts';
import type { MainVerbs } from './soak-verbs.ts';

type SessionStore = RunnerPorts['store'];
type Manifest = Parameters<SessionStore['writeManifest']>[1];

/** What a pod's disk holds. */
export type PodDisk = {
  /** The last turn of a session, by its folder. */
  readonly turns: Map<string, number>;
  /** Archives, by file. */
  readonly files: Map<string, string>;
};

export function storeOverChannel(main: Peer<MainVerbs>, holder: Holder, disk: PodDisk): SessionStore {
  return {
    async readManifest(user) {
      const kept = await main.ask('readManifest', user);
      if (kept === undefined) return undefined;
      return { manifest: JSON.parse(kept.json) as Manifest, revision: kept.revision, unreadable: 0 };
    },
    async writeManifest(_, manifest, revision) {
      const write = { json: JSON.stringify(manifest), revision, holder, number: manifest.writer.write };
      const answer = await main.ask('writeManifest', write);
      if (answer.kind === 'written') return answer.revision;
      if (answer.kind === 'conflict') throw new RunnelError('store_conflict', 'Not the newest revision.');
      throw new RunnelError('store_unavailable', 'No answer from the store.', { retry: retryable() });
    },
    earlierManifests: async () => [],
    // Nobody asks for it in there.
    forgetAllBut: async () => undefined,
    async putArchive({ user, session }, file) {
      const content = disk.files.get(file) ?? '';
      disk.files.delete(file);
      const digest = createHash('sha256').update(content).digest('hex');
      await main.ask('putArchive', { user, session, digest, content });
      return { digest, bytes: content.length };
    },
    async getArchive({ user, session, archive }, file) {
      const content = await main.ask('getArchive', { user, session, digest: archive.digest });
      if (content === undefined) throw new RunnelError('store_corrupt', 'An archive is missing.');
      disk.files.set(file, content);
    },
  };
}

export function archiverOn(disk: PodDisk): RunnerPorts['archiver'] {
  return {
    async pack(directory, file) {
      disk.files.set(file, String(disk.turns.get(directory.files) ?? 0));
      return { kind: 'whole', leftOut: [] };
    },
    async unpack(file, directory) {
      disk.turns.set(directory.files, Number(disk.files.get(file) ?? 0));
      disk.files.delete(file);
      return undefined;
    },
  };
}
