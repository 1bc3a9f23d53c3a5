// Keys, tokens and kubeconfigs of a cluster, new ones each time.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Credentials = {
  /** Paths: what service accounts' tokens are signed and verified with, and the table of the users' tokens. */
  readonly signingKey: string;
  readonly verifyingKey: string;
  readonly tokens: string;
  /** Their tokens, by name. */
  readonly users: ReadonlyMap<string, string>;
};

/** A user of the group that the node authorizer knows. */
export function nodeUser(name: string): string {
  return `system:node:${name}`;
}

/** `admin` may everything. */
export function makeCredentials(folder: string, users: readonly string[]): Credentials {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const tokens = new Map(users.map((user) => [user, randomBytes(24).toString('hex')]));
  const lines = [...tokens].map(([user, token]) => [token, user, user, ...groupsOf(user)].join(','));
  const paths = {
    signingKey: join(folder, 'service-accounts.key'),
    verifyingKey: join(folder, 'service-accounts.pub'),
    tokens: join(folder, 'tokens.csv'),
  };
  writeFileSync(paths.signingKey, privateKey, { mode: 0o600 });
  writeFileSync(paths.verifyingKey, publicKey, { mode: 0o600 });
  writeFileSync(paths.tokens, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { ...paths, users: tokens };
}

function groupsOf(user: string): string[] {
  if (user === 'admin') return ['system:masters'];
  return user.startsWith(nodeUser('')) ? ['system:nodes'] : [];
}

export type KubeconfigParts = {
  readonly url: string;
  /** PEM. */
  readonly certificate: Buffer;
  readonly user: string;
  readonly token: string;
};

/** As JSON, which is YAML too. Everything is inside, so that the file can be taken elsewhere. */
export function writeKubeconfig(path: string, { url, certificate, user, token }: KubeconfigParts): void {
  const cluster = { server: url, 'certificate-authority-data': certificate.toString('base64') };
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'runnel', cluster }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'runnel', context: { cluster: 'runnel', user } }],
    'current-context': 'runnel',
  };
  writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
}
