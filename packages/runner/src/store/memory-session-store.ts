// The session store in memory: for tests of what uses a store.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { RunnelError, type UserKey } from '@runnel/shared';
import { namedArchives } from './named-archives.ts';
import { type Manifest, manifestSchema, noRevision, type SessionStore } from './session-store.ts';

export type MemorySessionStore = SessionStore & {
  /** What is kept, by `<user>/<session>/<digest>`; to be looked at, or damaged. */
  readonly archives: Map<string, Buffer>;
};

const KEPT_VERSIONS = 5;

export function memorySessionStore(): MemorySessionStore {
  const versions = new Map<UserKey, { readonly revision: string; readonly json: string }[]>();
  const archives = new Map<string, Buffer>();
  const kept = (user: UserKey): { readonly revision: string; readonly json: string }[] => versions.get(user) ?? [];
  return {
    archives,
    async readManifest(user) {
      const [current] = kept(user);
      return current === undefined
        ? undefined
        : { manifest: parse(current.json), revision: current.revision, unreadable: 0 };
    },
    async writeManifest(user, manifest, over) {
      const current = kept(user)[0]?.revision ?? noRevision;
      if (current !== over) {
        throw conflict(over);
      }
      const revision = String(current === noRevision ? 1 : Number(current) + 1);
      versions.set(user, [{ revision, json: JSON.stringify(manifest) }, ...kept(user)].slice(0, KEPT_VERSIONS));
      return revision;
    },
    async earlierManifests(user) {
      return kept(user)
        .slice(1)
        .map(({ json }) => parse(json));
    },
    async forgetAllBut(user, revision) {
      const [current] = kept(user);
      if (current?.revision !== revision) throw conflict(revision);
      const named = new Set(
        namedArchives([parse(current.json)]).map(([session, { digest }]) => `${user}/${session}/${digest}`),
      );
      versions.set(user, [current]);
      for (const key of archives.keys()) if (key.startsWith(`${user}/`) && !named.has(key)) archives.delete(key);
    },
    async putArchive({ user, session }, file) {
      const content = await readFile(file);
      const digest = digestOf(content);
      archives.set(`${user}/${session}/${digest}`, content);
      return { digest, bytes: content.length };
    },
    async getArchive({ user, session, archive }, file) {
      const content = archives.get(`${user}/${session}/${archive.digest}`);
      if (content === undefined || digestOf(content) !== archive.digest || content.length !== archive.bytes) {
        throw new RunnelError('store_corrupt', 'An archive is missing, or does not match its digest.');
      }
      await writeFile(file, content);
    },
  };
}

function conflict(revision: string): RunnelError {
  return new RunnelError('store_conflict', `Version ${revision} of the manifest is not the newest one.`);
}

function parse(json: string): Manifest {
  return manifestSchema.parse(JSON.parse(json));
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
