// k8s/ without a cluster: nothing in it refers to what is not there, and everything in it is referred to.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { ingressConfiguration } from '@runnel/ingress';
import { launcherConfiguration, passedOnOptions } from '@runnel/launcher';
import { runnerConfiguration } from '@runnel/runner';
import { readConfiguration, type OptionTable } from '@runnel/shared/process';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  filesOf,
  k8s,
  listFiles,
  readKustomizations,
  readManifests,
  root,
  settingsOf,
  type Generator,
  type Kustomization,
  type Manifest,
} from './read-manifests.ts';

let files: string[];
let kustomizations: Kustomization[];
let manifests: (Manifest & { file: string })[];
beforeAll(async () => {
  files = await listFiles();
  kustomizations = await readKustomizations();
  manifests = await readManifests();
});

const generators = (kind: 'configMapGenerator' | 'secretGenerator'): (Generator & { folder: string })[] =>
  kustomizations.flatMap((one) => (one[kind] ?? []).map((generator) => ({ ...generator, folder: one.folder })));

/** Every value of that key, however deep. */
function valuesOf(key: string, within: unknown): unknown[] {
  if (typeof within !== 'object' || within === null) return [];
  return Object.entries(within).flatMap(([name, value]) => [
    ...(name === key ? [value as unknown] : []),
    ...valuesOf(key, value),
  ]);
}

const namesOf = (key: string): string[] => valuesOf(key, manifests).map((value) => (value as { name: string }).name);

type Volume = { readonly configMap?: { name: string }; readonly secret?: { secretName: string } };

test('every file is used by a kustomization, and every file that one uses is there', () => {
  const used = kustomizations.flatMap((one) => {
    const { folder, resources = [], components = [], configMapGenerator = [], secretGenerator = [] } = one;
    const folders = [...resources, ...components].map((name) => normalize(join(folder, name)));
    const paths = folders.map((path) => (path.endsWith('.yaml') ? path : join(path, 'kustomization.yaml')));
    return [
      ...paths,
      ...[...configMapGenerator, ...secretGenerator].flatMap((generator) => filesOf(folder, generator)),
    ];
  });
  const starts = /^(overlays\/[^/]+|components\/(redis|spot|gvisor|state-bucket|warm-capacity))\/kustomization\.yaml$/;
  expect(files.filter((file) => !used.includes(file) && !starts.test(file))).toEqual([]);
  expect(used.filter((path) => !files.includes(path))).toEqual([]);
});

test('every ConfigMap, Secret and account that a pod asks for is made, or docs/gke.md says how', () => {
  const configMaps = generators('configMapGenerator').map(({ name }) => name);
  const volumes = valuesOf('volumes', manifests).flatMap((list) => list as Volume[]);
  const asked = [...namesOf('configMapRef'), ...volumes.flatMap(({ configMap }) => configMap?.name ?? [])];
  expect(asked.filter((name) => !configMaps.includes(name))).toEqual([]);

  const guide = readFileSync(join(root, 'docs/gke.md'), 'utf8');
  const mounted = volumes.flatMap(({ secret }) => secret?.secretName ?? []);
  const secrets = new Set([...namesOf('secretKeyRef'), ...mounted, 'runnel-runner']);
  expect([...secrets].toSorted()).toEqual(['runnel-ingress', 'runnel-launcher', 'runnel-redis', 'runnel-runner']);
  for (const name of secrets) expect(guide, name).toMatch(new RegExp(`create secret generic ${name}\\b`));

  const accounts = manifests.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name);
  expect(valuesOf('serviceAccountName', manifests).map(String).toSorted()).toEqual(
    accounts.filter((name) => name !== 'runnel-runner').toSorted(),
  );
});

test('the local overlay makes each key that a pod cannot do without, and no other', () => {
  type KeyRef = { readonly name: string; readonly key: string; readonly optional?: boolean };
  const all = valuesOf('secretKeyRef', manifests).map((value) => value as KeyRef);
  const asked = all.filter(({ optional = false }) => !optional);
  for (const { folder, name, ...generator } of generators('secretGenerator')) {
    const made = settingsOf(folder, { name, ...generator }).map(([key]) => key);
    const wanted = asked.filter((one) => one.name === name).map(({ key }) => key);
    expect([name, made.toSorted()]).toEqual([
      name,
      (name === 'runnel-runner' ? ['REDIS_URL', 'SLACK_BOT_TOKEN'] : wanted).toSorted(),
    ]);
  }
});

test('the launcher may be given every secret that some runner needs', () => {
  const refs = valuesOf('secretKeyRef', manifests).map((value) => value as { name: string; key: string });
  const ofLauncher = refs.filter(({ name }) => name === 'runnel-launcher').map(({ key }) => key);
  const secrets = Object.values(passedOnOptions).flatMap(({ env, secret }) => (secret === true ? [env] : []));
  // The forge of a laptop is in no cluster.
  expect(secrets.filter((name) => !ofLauncher.includes(name))).toEqual(['FORGE_TOKEN']);
  const document = readFileSync(join(root, 'docs/security.md'), 'utf8');
  expect(secrets.filter((name) => !document.includes(`\`${name}\``))).toEqual([]);
});

/** What Google's client reads by itself; which values it knows is looked at in tests/session-store. */
const OF_GOOGLE = ['METADATA_SERVER_DETECTION'];

describe('settings', () => {
  const tables: Readonly<Record<string, OptionTable>> = {
    'runnel-ingress': ingressConfiguration.table,
    'runnel-launcher': launcherConfiguration.table,
    'runnel-runner': runnerConfiguration.table,
  };
  const read: Readonly<Record<string, (env: NodeJS.ProcessEnv) => unknown>> = {
    'runnel-ingress': (env) => readConfiguration(ingressConfiguration, env),
    'runnel-launcher': (env) => readConfiguration(launcherConfiguration, env),
    'runnel-runner': (env) => readConfiguration(runnerConfiguration, env),
  };
  const secrets = { REDIS_URL: 'redis://h', SLACK_BOT_TOKEN: 'xoxb', SLACK_APP_TOKEN: 'xapp' };
  const ofPod = { RUNNER_USER_KEY: 'T0:U0', RUNNER_GENERATION: '1', RUNNER_OWNER: 'o', RUNNER_HOME: '/home/runner' };

  test.each(Object.keys(tables))('of %s are all known to the process, and none of them is a secret', (name) => {
    const known = Object.values(tables[name] ?? {});
    const maps = generators('configMapGenerator').filter((one) => one.name === name);
    const given = maps.flatMap(({ folder, ...generator }) => settingsOf(folder, generator).map(([key]) => key));
    const ours = given.filter((key) => !OF_GOOGLE.includes(key));
    expect(ours.filter((key) => known.every(({ env }) => env !== key))).toEqual([]);
    expect(known.filter(({ env, secret }) => secret === true && given.includes(env))).toEqual([]);
  });

  test.each([
    'overlays/local',
    'overlays/gke-autopilot',
    'components/redis',
    'components/spot',
    'components/gvisor',
    'components/state-bucket',
  ])('of base with those of %s are what each process can start with', (folder) => {
    for (const name of Object.keys(read)) {
      const maps = generators('configMapGenerator').filter(
        (one) => one.name === name && ['base', folder].includes(one.folder),
      );
      const env = Object.fromEntries(maps.flatMap(({ folder: from, ...generator }) => settingsOf(from, generator)));
      expect(
        () => read[name]?.({ ...secrets, ...(name === 'runnel-runner' ? ofPod : {}), ...env }),
        name,
      ).not.toThrow();
    }
  });

  test('what the launcher names is there', () => {
    const names = (kind: string): string[] =>
      manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
    const base = generators('configMapGenerator').find(
      ({ folder, name }) => folder === 'base' && name === 'runnel-launcher',
    );
    const env = Object.fromEntries(settingsOf('base', base ?? { name: '' }));
    expect(names('ServiceAccount')).toContain(env['RUNNER_SERVICE_ACCOUNT']);
    expect(names('Namespace')).toContain(env['RUNNER_NAMESPACE']);
    expect(names('PersistentVolumeClaim')).toContain(env['STATE_CLAIM']);
    expect(generators('configMapGenerator').map(({ name }) => name)).toContain(env['RUNNER_CONFIG_MAP']);
  });
});

test('images: ours by one name each, replaced in every overlay; the rest by an exact version', () => {
  const images = manifests.flatMap((one) => valuesOf('image', one).map(String));
  const ours = images.filter((image) => image.startsWith('runnel/'));
  expect([...new Set(ours)].toSorted()).toEqual(['runnel/ingress', 'runnel/launcher', 'runnel/runner']);
  for (const image of images.filter((one) => !ours.includes(one))) expect(image).toMatch(/:\d+\.\d+\.\d+/);
  const local = readFileSync(join(k8s, 'overlays/local/kustomization.yaml'), 'utf8');
  for (const process of ['ingress', 'launcher']) expect(local).toContain(`newName: localhost/runnel/${process}`);
  expect(local).toContain('RUNNER_IMAGE=localhost/runnel/runner:dev');
});

test('every overlay bears the version of this tree', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  for (const { folder, labels } of kustomizations.filter((one) => one.folder.startsWith('overlays/'))) {
    expect([folder, labels?.[0]?.pairs['app.kubernetes.io/version']]).toEqual([folder, version]);
  }
});

test('who is asked to end has the time that its drain takes', () => {
  const grace = (file: string): number => {
    const [seconds] = valuesOf(
      'terminationGracePeriodSeconds',
      manifests.filter((one) => one.file === file),
    );
    return Number(seconds) * 1_000;
  };
  const drain = ingressConfiguration.table.drainMs;
  expect(grace('base/ingress.yaml')).toBeGreaterThan(drain.parse(drain.fallback ?? ''));
  expect(grace('base/launcher.yaml'), "the launcher's own drain of 10 s").toBeGreaterThan(10_000);
});

test('the quota is for twice as many runners as there may be', () => {
  const quota = manifests.find(({ kind }) => kind === 'ResourceQuota');
  const [hard] = valuesOf('hard', quota) as [Record<string, string>];
  const concurrency = readFileSync(join(k8s, 'base/settings/launcher.env'), 'utf8').match(
    /^RUNNER_CONCURRENCY=(\d+)$/m,
  )?.[1];
  expect(Number(hard['pods'])).toBe(2 * Number(concurrency));
});

test('what is somebody’s own is ignored by git', () => {
  const own = 'k8s/overlays/gke-autopilot/settings/cluster.env';
  expect(execFileSync('git', ['check-ignore', '--no-index', own], { cwd: root, encoding: 'utf8' }).trim()).toBe(own);
});
