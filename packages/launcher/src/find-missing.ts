// What a runner could not be started without, out of what the cluster says about it.

/** As the kubelet, the scheduler and the API server put it: a kind, then a name that Kubernetes allows, so nobody's text. */
const NOT_FOUND = /\b([a-z]+?)s? "([a-z0-9.-]+)" not found/i;

/** A key of a Secret or a ConfigMap that is there. */
const NO_KEY = /couldn't find key ([\w.-]+) in (Secret|ConfigMap) (?:[a-z0-9.-]+\/)?([a-z0-9.-]+)/;

/** `secret runnel-runner` or `key REDIS_URL of the Secret runnel-runner`; undefined where nothing is said to be missing. */
export function findMissing(said: string): string | undefined {
  const [, kind, name] = NOT_FOUND.exec(said) ?? [];
  if (kind !== undefined && name !== undefined) return `${kind} ${name}`;
  const [, key, holder, holderName] = NO_KEY.exec(said) ?? [];
  return key === undefined ? undefined : `key ${key} of the ${holder} ${holderName}`;
}
