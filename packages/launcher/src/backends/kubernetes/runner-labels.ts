// How our objects are told from others', and whose they are: labels are for selecting, annotations hold exact values.
import type { KubernetesObject } from '@kubernetes/client-node';
import { isUserKey } from '@runnel/shared';
import type { PodSpec } from '../../pod-backend.ts';

export const runnerSelector = 'app.kubernetes.io/component=runner,app.kubernetes.io/managed-by=runnel-launcher';
export const RUNNER_CONTAINER = 'runner';

const USER_KEY = 'runnel.dev/user-key';
const GENERATION = 'runnel.dev/generation';
const PROFILE = 'runnel.dev/profile';
/** Set by the Job controller on its pods. */
const JOB_NAME = 'batch.kubernetes.io/job-name';
const JOB_UID = 'batch.kubernetes.io/controller-uid';

/** A name and a version are no text of Slack: the name is a hash. */
export function runnerLabels(name: string, version: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'runnel',
    'app.kubernetes.io/component': 'runner',
    'app.kubernetes.io/managed-by': 'runnel-launcher',
    'app.kubernetes.io/version': version,
    'runnel.dev/user': name.replace(/^runner-/, ''),
  };
}

export function runnerAnnotations({ user, generation }: PodSpec, profile: string): Record<string, string> {
  return { [USER_KEY]: user, [GENERATION]: generation, [PROFILE]: profile };
}

/** Whose Job or pod this is, and of which Job; undefined where somebody else made it under our labels. */
export function identityOf(made: KubernetesObject): (PodSpec & { readonly uid: string }) | undefined {
  const { name, uid, annotations = {}, labels = {} } = made.metadata ?? {};
  const user = annotations[USER_KEY];
  const generation = annotations[GENERATION];
  const jobName = labels[JOB_NAME] ?? name;
  const jobUid = labels[JOB_UID] ?? uid;
  if (jobName === undefined || jobUid === undefined || generation === undefined) return undefined;
  return user !== undefined && isUserKey(user) ? { user, generation, name: jobName, uid: jobUid } : undefined;
}

export function podsOfJob(uid: string): string {
  return `${JOB_UID}=${uid}`;
}

export function podsOfName(name: string): string {
  return `${JOB_NAME}=${name}`;
}
