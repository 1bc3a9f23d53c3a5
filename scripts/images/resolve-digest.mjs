// The digest that a registry has for an image's tag now, by the distribution API (github.com/opencontainers/distribution-spec).
import { Advice } from '../bootstrap/stop-with-advice.mjs';

const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

// The one registry whose name is not its host.
const HOSTS = { 'docker.io': 'registry-1.docker.io' };

/** `name` is registry/path:tag. Resolves to `sha256:...`, of all its platforms together. `scheme` is http in tests only. */
export async function resolveDigest(name, scheme = 'https') {
  const [, registry, path, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(name) ?? [];
  if (registry === undefined) throw new Advice(`"${name}" is not registry/path:tag.`);
  const url = `${scheme}://${HOSTS[registry] ?? registry}/v2/${path}/manifests/${tag}`;
  try {
    const first = await ask(url, {});
    const response = first.status === 401 ? await ask(url, { authorization: await getToken(first) }) : first;
    const digest = response.headers.get('docker-content-digest') ?? '';
    if (response.ok && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
    throw new Error(`it answered ${response.status}`);
  } catch (error) {
    const why = error.cause?.message ?? error.message;
    throw new Advice(
      `The digest of ${name} could not be had from ${registry}: ${why}. Write docker/base-image by hand.`,
    );
  }
}

function ask(url, headers) {
  return fetch(url, { method: 'HEAD', headers: { accept: INDEXES.join(', '), ...headers } });
}

/** What a registry asks of those who have no account there. */
async function getToken(response) {
  const challenge = response.headers.get('www-authenticate') ?? '';
  const { realm, ...query } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
  );
  if (realm === undefined) throw new Error('it wants a password');
  const answer = await fetch(`${realm}?${new URLSearchParams(query)}`);
  if (!answer.ok) throw new Error(`its token service answered ${answer.status}`);
  return `Bearer ${(await answer.json()).token}`;
}
