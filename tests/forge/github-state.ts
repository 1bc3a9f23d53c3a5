// What the stand-in of GitHub remembers, and what a test may do to it behind everybody's back.
import { generateKeyPairSync, randomBytes } from 'node:crypto';

export type StandInPull = {
  readonly number: number;
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  state: 'open' | 'closed';
};

export type StandInRepository = {
  readonly id: number;
  owner: string;
  name: string;
  description: string | null;
  topics: string[];
  isPrivate: boolean;
  isArchived: boolean;
  isFork: boolean;
  isTemplate: boolean;
  defaultBranch: string;
  readonly branches: Set<string>;
  readonly pulls: StandInPull[];
  /** Of whoever made the token. */
  mayPush: boolean;
  /** Whether the App's installation has it. */
  isInstalled: boolean;
  /** Where its organization wants everybody to sign on. */
  signOnUrl?: string;
  /** Where git is, if not here. */
  cloneUrl?: string;
  /** A template is copied after the answer: so many looks show nothing. */
  looksUntilFilled: number;
};

export type Grant = {
  readonly expiresAt: number;
  /** Undefined: all that the installation has. */
  readonly repositoryIds?: readonly number[];
  readonly permissions: Readonly<Record<string, string>>;
};

/** `installation` with what a token of it may; `app` has shown its key. */
export type Caller =
  | { readonly kind: 'user' }
  | { readonly kind: 'app' }
  | { readonly kind: 'installation'; readonly grant: Grant };

const TOKEN_LIFE_MS = 3_600_000;
// GitHub hands out keys in this older form.
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

export class GithubState {
  readonly userToken = `ghp_${randomBytes(18).toString('hex')}`;
  readonly app = { appId: '4711', installationId: '815', privateKey };
  readonly appPublicKey = publicKey;
  readonly repositories: StandInRepository[] = [];
  readonly installationTokens = new Map<string, Grant>();
  /** Of the App. */
  permissions: Record<string, string> = {
    administration: 'write',
    contents: 'write',
    metadata: 'read',
    pull_requests: 'write',
  };
  tokenLifeMs = TOKEN_LIFE_MS;
  isSuspended = false;
  readonly #movedFrom = new Map<string, StandInRepository>();
  #ids = 1_000;

  add(fullName: string, more: Partial<StandInRepository> = {}): StandInRepository {
    const [owner = '', name = ''] = fullName.split('/');
    const made: StandInRepository = {
      id: (this.#ids += 1),
      owner,
      name,
      description: null,
      topics: [],
      isPrivate: true,
      isArchived: false,
      isFork: false,
      isTemplate: false,
      defaultBranch: 'main',
      branches: new Set(['main']),
      pulls: [],
      mayPush: true,
      isInstalled: true,
      looksUntilFilled: 0,
      ...more,
    };
    this.repositories.push(made);
    // Whoever takes an old name takes the way to what had it.
    this.#movedFrom.delete(fullName.toLowerCase());
    return made;
  }

  at(fullName: string): StandInRepository | undefined {
    const wanted = fullName.toLowerCase();
    return this.repositories.find((one) => fullNameOf(one).toLowerCase() === wanted);
  }

  /** Renamed, or handed to somebody else: the old name leads to it. */
  move(repository: StandInRepository, fullName: string): void {
    this.#movedFrom.set(fullNameOf(repository).toLowerCase(), repository);
    [repository.owner = '', repository.name = ''] = fullName.split('/');
  }

  onceAt(fullName: string): StandInRepository | undefined {
    return this.#movedFrom.get(fullName.toLowerCase());
  }

  callerWith(token: string): Caller | undefined {
    if (token === this.userToken) return { kind: 'user' };
    const grant = this.installationTokens.get(token);
    return grant !== undefined && grant.expiresAt > Date.now() ? { kind: 'installation', grant } : undefined;
  }

  grant(grant: Omit<Grant, 'expiresAt'>): { token: string; expiresAt: number } {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const expiresAt = Date.now() + this.tokenLifeMs;
    this.installationTokens.set(token, { ...grant, expiresAt });
    return { token, expiresAt };
  }
}

export function fullNameOf({ owner, name }: Pick<StandInRepository, 'owner' | 'name'>): string {
  return `${owner}/${name}`;
}

export function maySee(caller: Caller, { isPrivate, isInstalled, id }: StandInRepository): boolean {
  if (!isPrivate || caller.kind === 'user') return true;
  if (caller.kind === 'app' || !isInstalled) return false;
  return caller.grant.repositoryIds?.includes(id) ?? true;
}

export function mayDo(caller: Caller, permission: string): boolean {
  return caller.kind === 'user' || (caller.kind === 'installation' && caller.grant.permissions[permission] === 'write');
}
