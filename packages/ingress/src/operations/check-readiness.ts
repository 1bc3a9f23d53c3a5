// Stage: whether this process can take a message from Slack and keep it.

export type ReadinessProbes = {
  /** Resolves with the role of the Redis behind REDIS_URL; rejects when it does not answer. */
  readonly redisRole: () => Promise<string>;
  readonly isSlackConnected: () => boolean;
  readonly isDraining: () => boolean;
};

export type Readiness = { readonly ready: boolean; readonly notReady: Readonly<Record<string, string>> };

export async function checkReadiness(probes: ReadinessProbes): Promise<Readiness> {
  const notReady: Record<string, string> = {};
  const redis = await findRedisFault(probes.redisRole);
  if (redis !== undefined) notReady['redis'] = redis;
  if (!probes.isSlackConnected()) notReady['slackSocket'] = 'not connected';
  if (probes.isDraining()) notReady['process'] = 'draining';
  return { ready: Object.keys(notReady).length === 0, notReady };
}

async function findRedisFault(redisRole: () => Promise<string>): Promise<string | undefined> {
  try {
    const role = await redisRole();
    return role === 'master' ? undefined : `is a ${role}, not the primary`;
  } catch (error) {
    return `does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
