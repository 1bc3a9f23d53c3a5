// The forge of the laptop: repositories in a folder, served by `npm start` on this machine. It has no names to ask for but its own.
import { isUserKey, RunnelError, retryable, splitUserKey } from '@runnel/shared';
import { z } from 'zod';
import type { Forge, GitCredential } from './forge.ts';
import { ownerMark } from './owner-mark.ts';

export type FolderForgeOptions = {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Asked for by every call, and by git. */
  readonly token: string;
};

/** Who git says it is; the token alone counts. */
const USERNAME = 'runnel';
const PATIENCE_MS = 10_000;

const repositorySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string(),
    defaultBranch: z.string(),
    mayPush: z.boolean(),
    owner: z.string().refine(isUserKey).optional(),
  })
  .transform(({ owner, ...found }) => ({ ...found, ownedBy: owner === undefined ? [] : [ownerMark(owner)] }));
const pullRequestSchema = z.object({ url: z.string(), number: z.number() });
const refusalSchema = z.object({ error: z.string() });

export function folderForge({ url, token }: FolderForgeOptions): Forge {
  const credential: GitCredential = { username: USERNAME, password: token };
  const ask = async <T>(what: string, body: unknown, schema: z.ZodType<T>): Promise<T> => {
    const answer = await post(new URL(`/api/${what}`, url), token, body);
    return schema.parse(answer);
  };
  return {
    name: 'folder',
    ownRepository: ({ user, handle }) => ask('own', { ...splitUserKey(user), handle }, repositorySchema),
    findRepository: (name) => ask('find', { name }, repositorySchema),
    credential: () => Promise.resolve(credential),
    openPullRequest: ({ repository, ...draft }) =>
      ask('pulls', { repository: repository.id, ...draft }, pullRequestSchema),
  };
}

async function post(address: URL, token: string, body: unknown): Promise<unknown> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((cause: unknown) => {
    throw unavailable('The folder of repositories does not answer.', cause);
  });
  if (answer.status >= 500) throw unavailable(`The folder of repositories answers ${answer.status}.`);
  const said: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return said;
  const { data } = refusalSchema.safeParse(said);
  const code = answer.status === 404 ? 'repository_unknown' : 'repository_refused';
  throw new RunnelError(code, data?.error ?? `The folder of repositories answers ${answer.status}.`);
}

function unavailable(message: string, cause?: unknown): RunnelError {
  return new RunnelError('forge_unavailable', message, { retry: retryable(), cause });
}
