// What containerd and a kubelet are told, so that all they write is in one folder and the machine's own services are left alone.
import { mkdirSync, readFileSync, readdirSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type NodePlan = {
  readonly name: string;
  readonly folder: string;
  /** Stands for `/` in Debian's packages of containerd, runc and the CNI plugins. */
  readonly programs: string;
  /** Of this machine, and no loopback: pods and the API server reach the kubelet by it. */
  readonly address: string;
  /** Of pods: a /24 that is nobody else's in the namespace. */
  readonly podRange: string;
  readonly ports: { readonly kubelet: number; readonly health: number };
  /** A cgroup of its own, so that nobody else's pods are taken for its own and ended. */
  readonly cgroup: string;
  readonly pauseImage: string;
};

const CGROUPS = '/sys/fs/cgroup';

/** Writes all files; afterwards both programs can be started. */
export function writeNodeFiles(plan: NodePlan): void {
  for (const name of ['cni', 'kubelet', 'pod-logs']) mkdirSync(join(plan.folder, name), { recursive: true });
  writeFileSync(join(plan.folder, 'containerd.toml'), containerdConfig(plan));
  writeFileSync(join(plan.folder, 'cni', '10-pods.conflist'), networkConfig(plan));
  writeFileSync(join(plan.folder, 'kubelet.json'), kubeletConfig(plan));
  writeFileSync(join(plan.folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  makeCgroups(plan.cgroup);
}

export function socketOf(folder: string): string {
  return join(folder, 'containerd.sock');
}

function containerdConfig({ folder, programs, pauseImage }: NodePlan): string {
  return `version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-state"
disabled_plugins = [${[
    'snapshotter.v1.btrfs',
    'snapshotter.v1.zfs',
    'snapshotter.v1.aufs',
    'snapshotter.v1.devmapper',
    'internal.v1.tracing',
    // It writes to /opt.
    'internal.v1.opt',
  ]
    .map((plugin) => `"io.containerd.${plugin}"`)
    .join(', ')}]
[grpc]
  address = "${socketOf(folder)}"
[ttrpc]
  address = "${socketOf(folder)}.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "${programs}/usr/sbin/runc"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${programs}/usr/lib/cni"
    conf_dir = "${folder}/cni"
`;
}

function networkConfig({ folder, podRange }: NodePlan): string {
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: join(folder, 'addresses'),
          ranges: [[{ subnet: podRange }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  });
}

function kubeletConfig({ folder, address, ports, cgroup }: NodePlan): string {
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    port: ports.kubelet,
    readOnlyPort: 0,
    healthzBindAddress: '127.0.0.1',
    healthzPort: ports.health,
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    clusterDNS: ['127.0.0.1'],
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    maxOpenFiles: 20_000,
    oomScoreAdj: 0,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${socketOf(folder)}`,
    resolvConf: join(folder, 'resolv.conf'),
    podLogsDir: join(folder, 'pod-logs'),
    volumePluginDir: join(folder, 'kubelet', 'volume-plugins'),
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    fileCheckFrequency: '0s',
    registerWithTaints: [],
  });
}

/** In every hierarchy of version 1; a new group of cpusets starts without any. */
function makeCgroups(cgroup: string): void {
  const hierarchies = readdirSync(CGROUPS).map((name) => join(CGROUPS, name));
  for (const hierarchy of hierarchies.filter((path) => existsSync(join(path, 'cgroup.procs')))) {
    mkdirSync(join(hierarchy, cgroup), { recursive: true });
  }
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const file = join(CGROUPS, 'cpuset', name);
    if (existsSync(file)) writeFileSync(join(CGROUPS, 'cpuset', cgroup, name), readFileSync(file));
  }
}
