// Where runners run and what each of them gets: settings of the launcher.
import { option } from '@runnel/shared/process';

const BACKEND = 'POD_BACKEND';

/** How many runners there may be, and what each of them gets. */
export const podOptions = {
  concurrency: option.integer(
    { min: 1, max: 5_000 },
    {
      env: 'RUNNER_CONCURRENCY',
      description:
        'How many runners the whole fleet may have at once; everybody else waits in line. The same for all launchers.',
      example: '10',
      fallback: '10',
    },
  ),
  podBackend: option.choice(['process', 'kubernetes'], {
    env: BACKEND,
    description: 'Where runners run: as processes of this machine, or as Jobs of a Kubernetes cluster.',
    example: 'kubernetes',
    fallback: 'process',
  }),
  podsDir: option.text({
    env: 'PODS_DIR',
    description: 'Folder for the state, homes and logs of runners; shared by all launchers of the machine.',
    example: '/var/lib/runnel/pods',
    needed: { where: BACKEND, is: 'process' },
  }),
  runnerCommand: option.text({
    env: 'RUNNER_COMMAND',
    description:
      'What a runner is started with, words separated by spaces; without it, the runner beside this launcher.',
    example: 'node /opt/runnel/runner.js',
    fallback: '',
  }),
  memoryBytes: option.bytes({
    env: 'RUNNER_MEMORY',
    description: 'Memory that a runner and everything it starts may hold; over it, all of that is ended.',
    example: '2GiB',
    fallback: '2GiB',
  }),
  startMs: option.duration({
    env: 'RUNNER_START_TIMEOUT',
    description: 'How long a runner may take from its start until it has its lease; then it is ended and started anew.',
    example: '2m',
    fallback: '2m',
  }),
  graceMs: option.duration({
    env: 'POD_GRACE',
    description: 'How long a runner that must go may take before it is killed.',
    example: '25s',
    fallback: '25s',
  }),
  kubeconfig: option.text({
    env: 'KUBECONFIG',
    description: 'File that says where the cluster is and who the launcher is; without it, what its own pod was given.',
    example: '/etc/runnel/kubeconfig',
    fallback: '',
  }),
  namespace: option.text({
    env: 'RUNNER_NAMESPACE',
    description: 'Namespace of the runners, with nothing else in it.',
    example: 'runnel-runners',
    fallback: 'runnel-runners',
  }),
  image: option.text({
    env: 'RUNNER_IMAGE',
    description: 'Image of a runner, by digest where it must not change under a tag.',
    example: 'registry.example.com/runnel/runner:0.1.0',
    needed: { where: BACKEND, is: 'kubernetes' },
  }),
  serviceAccount: option.text({
    env: 'RUNNER_SERVICE_ACCOUNT',
    description: 'Service account of the runners; they get no token of it.',
    example: 'runnel-runner',
    fallback: 'runnel-runner',
  }),
  configMap: option.text({
    env: 'RUNNER_CONFIG_MAP',
    description: 'ConfigMap with the plain settings of a runner.',
    example: 'runnel-runner',
    fallback: 'runnel-runner',
  }),
  secret: option.text({
    env: 'RUNNER_SECRET',
    description:
      'Secret of the runners: REDIS_URL, SLACK_BOT_TOKEN and, of those that the launcher was given, the keys of their agent and forge.',
    example: 'runnel-runner',
    fallback: 'runnel-runner',
  }),
  stateClaim: option.text({
    env: 'STATE_CLAIM',
    description:
      'Volume claim of the session store, which all runners mount at once (ReadWriteMany). Left alone where STATE_BUCKET is set.',
    example: 'runnel-state',
    needed: { where: BACKEND, is: 'kubernetes' },
    instead: 'STATE_BUCKET',
  }),
  profilesFile: option.text({
    env: 'RUNNER_PROFILES',
    description: 'YAML or JSON file with the profiles of runners; without it there is one, `interactive`.',
    example: '/etc/runnel/profiles.yaml',
    fallback: '',
  }),
  profileName: option.text({
    env: 'RUNNER_PROFILE',
    description: 'The profile that runners get.',
    example: 'interactive',
    fallback: 'interactive',
  }),
};
