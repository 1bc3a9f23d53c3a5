// The command lines of a control plane's four programs.
import { join } from 'node:path';
import { freePort } from '@runnel/shared/process';
import type { Credentials } from './credentials.ts';

export type ControlPlanePlan = {
  readonly folder: string;
  readonly address: string;
  readonly serviceRange: string;
  readonly ports: ControlPlanePorts;
  readonly credentials: Credentials;
};

export type ControlPlanePorts = {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllers: number;
  readonly scheduler: number;
};

/** All different. */
export async function drawPorts(): Promise<ControlPlanePorts> {
  const ports = {
    etcd: await freePort(),
    etcdPeer: await freePort(),
    apiServer: await freePort(),
    controllers: await freePort(),
    scheduler: await freePort(),
  };
  return new Set(Object.values(ports)).size === Object.keys(ports).length ? ports : drawPorts();
}

/** Path of the certificate that a program makes for itself at its start. */
export function certificateOf(folder: string, program: 'apiserver' | 'kube-scheduler'): string {
  return join(folder, program, `${program}.crt`);
}

export function kubeconfigOf(folder: string, user: string): string {
  return join(folder, `${user.replaceAll(':', '-')}.kubeconfig`);
}

export function etcdArgs({ folder, ports }: ControlPlanePlan): string[] {
  const url = `http://127.0.0.1:${ports.etcd}`;
  const peerUrl = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    '--name=only',
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=error',
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=only=${peerUrl}`,
  ];
}

export function apiServerArgs({ folder, address, serviceRange, ports, credentials }: ControlPlanePlan): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    `--bind-address=${address}`,
    `--secure-port=${ports.apiServer}`,
    // Said, not found: a machine or a network namespace may have no default route to find it by.
    `--advertise-address=${address}`,
    '--endpoint-reconciler-type=none',
    `--service-cluster-ip-range=${serviceRange}`,
    `--cert-dir=${join(folder, 'apiserver')}`,
    `--token-auth-file=${credentials.tokens}`,
    '--authorization-mode=Node,RBAC',
    '--anonymous-auth=true',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-signing-key-file=${credentials.signingKey}`,
    `--service-account-key-file=${credentials.verifyingKey}`,
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    // `exec` and `logs` go to a node's address: nobody resolves its name.
    '--kubelet-preferred-address-types=InternalIP',
    '--storage-media-type=application/vnd.kubernetes.protobuf',
  ];
}

export function controllersArgs(plan: ControlPlanePlan, user: string): string[] {
  return [
    ...clientArgs(kubeconfigOf(plan.folder, user)),
    `--secure-port=${plan.ports.controllers}`,
    `--cert-dir=${join(plan.folder, 'kube-controller-manager')}`,
    `--service-account-private-key-file=${plan.credentials.signingKey}`,
    `--root-ca-file=${certificateOf(plan.folder, 'apiserver')}`,
    '--use-service-account-credentials=true',
  ];
}

export function schedulerArgs(plan: ControlPlanePlan, user: string): string[] {
  return [
    ...clientArgs(kubeconfigOf(plan.folder, user)),
    `--secure-port=${plan.ports.scheduler}`,
    `--cert-dir=${join(plan.folder, 'kube-scheduler')}`,
  ];
}

/** What the two clients of the API server have in common. */
function clientArgs(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    // Their defaults would be what a burst of Jobs waits for.
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ];
}
