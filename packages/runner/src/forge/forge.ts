// PORT: where people's repositories are. Git itself speaks to it over HTTP; the port is about what git cannot ask.
import type { UserKey } from '@runnel/shared';

export type Repository = {
  /** The forge's own; stays when the repository is renamed or handed to somebody else. */
  readonly id: string;
  /** `owner/name`, for people. */
  readonly name: string;
  /** What git fetches from and pushes to; never with a credential in it. */
  readonly url: string;
  /** Of an empty one: what its first branch will be called. */
  readonly defaultBranch: string;
  readonly mayPush: boolean;
  /** Why not, where the forge says more than that: "it is archived". */
  readonly readOnly?: string;
  /** The marks of whose own it is: one, or none. More, where people wrote marks by hand. */
  readonly ownedBy: readonly string[];
};

/** What git shows the forge. `expiresAt` in ms since the epoch. */
export type GitCredential = { readonly username: string; readonly password: string; readonly expiresAt?: number };

export type PullRequestDraft = {
  readonly repository: Repository;
  readonly branch: string;
  /** A branch that is there; another one is refused. */
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
};

export type PullRequest = { readonly url: string; readonly number: number };

/** Throws `RunnelError`s that a person may be told: `repository_unknown`, `repository_refused`, `forge_unavailable`. */
export type Forge = {
  readonly name: string;
  /** The person's own, found by their id however it is called now; made where there is none. */
  ownRepository(person: { readonly user: UserKey; readonly handle: string }): Promise<Repository>;
  /** One that the person names: `owner/name`, or the address of its page. */
  findRepository(name: string): Promise<Repository>;
  /** Undefined where git needs none. Fresh for a while, from the moment it is asked. */
  credential(repository: Repository): Promise<GitCredential | undefined>;
  /** Asked twice for one branch it is the same one. */
  openPullRequest(draft: PullRequestDraft): Promise<PullRequest>;
};
