// The forge of a local fleet: its repositories, the one that everybody works in if there is such a one, and its server.
import { randomBytes } from 'node:crypto';
import { FolderRepositories, OFFERED } from './folder-repositories.ts';
import { startFolderForge } from './start-folder-forge.ts';

export type LocalForge = {
  readonly repositories: FolderRepositories;
  /** Pull requests are shown at `<pages>/owner/name/1`. Resolves to what is served. */
  readonly serve: (pages: string, environment: NodeJS.ProcessEnv) => Promise<ServedForge>;
};

export type ServedForge = {
  /** For the launcher. */
  readonly settings: NodeJS.ProcessEnv;
  close(): Promise<void>;
};

/** `repository` is a path on this machine, or an address; rejects with a sentence where none can be read there. */
export async function openLocalForge(folder: string, repository: string | undefined): Promise<LocalForge> {
  const repositories = new FolderRepositories(folder);
  const offered = repository === undefined ? undefined : await repositories.offer(repository);
  return {
    repositories,
    async serve(pages, environment) {
      const token = randomBytes(16).toString('hex');
      const server = await startFolderForge({ repositories, token, pages, environment });
      const one = offered === undefined ? {} : { REPOSITORY: offered.name };
      return {
        settings: {
          FORGE: 'folder',
          FORGE_URL: server.url,
          FORGE_TOKEN: token,
          // All that is nobody's own.
          REPOSITORIES: `${OFFERED}/*`,
          ...one,
        },
        close: () => server.close(),
      };
    },
  };
}
