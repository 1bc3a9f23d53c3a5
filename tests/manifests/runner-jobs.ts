// The Jobs that a launcher makes when it is started with the settings of k8s/.
import { join } from 'node:path';
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { launcherConfiguration } from '@runnel/launcher';
import { jobOfSpec, readProfile } from '@runnel/launcher/kubernetes-pods';
import { runnerName, type UserKey } from '@runnel/shared';
import { readConfiguration } from '@runnel/shared/process';
import { k8s, readKustomizations, settingsOf } from './read-manifests.ts';

/** As the launcher of the local overlay. `image` is what a played node goes by. */
export async function runnerJob(user: UserKey, image?: string): Promise<V1Job> {
  const settings = readConfiguration(launcherConfiguration, {
    REDIS_URL: 'redis://10.255.77.1:6379',
    SLACK_BOT_TOKEN: 'xoxb-local',
    ...(await launcherEnvironment()),
    ...(image === undefined ? {} : { RUNNER_IMAGE: image }),
  });
  const profile = await readProfile(join(k8s, 'base/settings/profiles.yaml'), settings.profileName);
  return jobOfSpec(
    { user, generation: '1795270800000', name: runnerName(user) },
    { ...settings, profile, secretKeys: ['REDIS_URL', 'SLACK_BOT_TOKEN'], machineMs: 3_600_000 },
  );
}

/** The pod that Kubernetes makes of it, but for the name. */
export function podOf(job: V1Job, name: string): V1Pod {
  const { metadata, spec } = structuredClone(job.spec?.template ?? {});
  return { metadata: Object.assign(metadata ?? {}, { name }), ...(spec === undefined ? {} : { spec }) };
}

async function launcherEnvironment(): Promise<Record<string, string>> {
  const kustomizations = await readKustomizations();
  const settings = ['base', 'overlays/local'].flatMap((folder) => {
    const maps = kustomizations.find((one) => one.folder === folder)?.configMapGenerator ?? [];
    return maps.filter(({ name }) => name === 'runnel-launcher').flatMap((generator) => settingsOf(folder, generator));
  });
  return Object.fromEntries(settings);
}
