// Who may talk to whom, as one table. Whose labels are looked at, and under which policies, is up to the test.
import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { decideConnection, type Place } from './decide-connection.ts';

const PODS = ['ingress', 'launcher', 'runner', 'redis', 'placeholder', 'operator', 'stranger', 'dns'] as const;
export type Pod = (typeof PODS)[number];

/** Addresses that are no pod's. Those of the cluster differ from one to the next. */
const ADDRESSES = {
  slack: '34.1.2.3',
  metadata: '169.254.169.254',
  'metadata of GKE': '169.254.169.252',
  'dns cache': '169.254.20.10',
  node: '10.132.0.7',
  neighbour: '192.168.7.7',
  'carrier network': '100.64.1.1',
} as const;

export type Who = Pod | keyof typeof ADDRESSES | 'api server' | 'public api server' | 'managed redis';

export type Talk = {
  readonly policies: readonly V1NetworkPolicy[];
  readonly pods: Readonly<Partial<Record<Pod, Place>>>;
  readonly apiServer: string;
  readonly publicApiServer?: string;
  /** Whether the launcher is let out to that address alone, or wherever an API server may be. */
  readonly isApiServerKnown?: boolean;
  readonly managedRedis?: string;
  /** Then runners ask the metadata server who they are. */
  readonly isStateInBucket?: boolean;
};

type Row = readonly [from: Who, to: Who, ports: readonly number[], protocol?: 'TCP' | 'UDP'];

const MAY: readonly Row[] = [
  ['ingress', 'slack', [443]],
  ['launcher', 'slack', [443]],
  ['runner', 'slack', [443]],
  ['ingress', 'redis', [6379]],
  ['launcher', 'redis', [6379]],
  ['runner', 'redis', [6379]],
  ['redis', 'redis', [6379]],
  ['ingress', 'managed redis', [6379, 6378]],
  ['launcher', 'managed redis', [6379, 6378]],
  ['runner', 'managed redis', [6379, 6378]],
  ['launcher', 'api server', [443]],
  ['operator', 'ingress', [8080]],
  ['operator', 'launcher', [8080]],
  ...(['ingress', 'launcher', 'runner', 'redis'] as const).flatMap((from): Row[] => [
    [from, 'dns', [53]],
    [from, 'dns', [53], 'UDP'],
    [from, 'dns cache', [53], 'UDP'],
  ]),
];

const MAY_NOT: readonly Row[] = [
  ['runner', 'api server', [443, 6443]],
  ['ingress', 'api server', [443, 6443]],
  ['redis', 'api server', [443, 6443]],
  ['runner', 'public api server', [443]],
  ['ingress', 'public api server', [443]],
  ...(['ingress', 'launcher', 'redis'] as const).flatMap((from): Row[] => [
    [from, 'metadata', [80]],
    [from, 'metadata of GKE', [988]],
  ]),
  ...(['ingress', 'launcher', 'runner', 'redis'] as const).flatMap((from): Row[] => [
    [from, 'metadata', [443, 988]],
    [from, 'metadata of GKE', [80, 443]],
    [from, 'node', [22, 10_250, 10_255]],
    [from, 'carrier network', [443]],
    [from, 'slack', [22, 25, 80, 6379]],
    [from, 'dns cache', [80, 443]],
    [from, 'stranger', [80, 8080, 10_250]],
  ]),
  ['ingress', 'stranger', [443]],
  ['runner', 'stranger', [443]],
  ['redis', 'stranger', [443]],
  ['runner', 'node', [443, 6443]],
  ['runner', 'neighbour', [80, 443]],
  ['ingress', 'neighbour', [80, 443]],
  ['redis', 'slack', [443]],
  ['placeholder', 'slack', [443]],
  ['placeholder', 'redis', [6379]],
  ['runner', 'ingress', [443, 8080]],
  ['runner', 'launcher', [443, 8080]],
  ['runner', 'runner', [443, 8080, 8081]],
  ['ingress', 'runner', [443, 8081]],
  ['launcher', 'runner', [8081]],
  ['redis', 'runner', [6379]],
  ['operator', 'runner', [8081]],
  ['operator', 'redis', [6379]],
  ['stranger', 'redis', [6379]],
  ['stranger', 'ingress', [8080]],
  ['stranger', 'launcher', [8080]],
  ['stranger', 'runner', [8080, 8081]],
  ['slack', 'ingress', [80, 443, 8080]],
  ['slack', 'launcher', [8080]],
  ['slack', 'runner', [443, 8081]],
  ['slack', 'redis', [6379]],
  ['operator', 'ingress', [22, 443]],
];

const MAY_NOT_WHERE_KNOWN: readonly Row[] = [
  ['launcher', 'stranger', [443, 6443]],
  ['launcher', 'node', [443, 6443]],
  ['launcher', 'neighbour', [443, 6443]],
];

const TO_METADATA: readonly Row[] = [
  ['runner', 'metadata', [80]],
  ['runner', 'metadata of GKE', [988]],
];

/** Rows about somebody who is not there are left out; who is there must be asked about. */
export function expectTalk(talk: Talk): void {
  const { isApiServerKnown = false, isStateInBucket = false } = talk;
  const told = (rows: readonly Row[]): string[] => rows.flatMap((row) => tell(talk, row));
  const may = [...MAY, ...(isStateInBucket ? TO_METADATA : [])];
  expect(told(may).filter((line) => line.endsWith('no'))).toEqual([]);
  const mayNot = [
    ...MAY_NOT,
    ...(isApiServerKnown ? MAY_NOT_WHERE_KNOWN : []),
    ...(isStateInBucket ? [] : TO_METADATA),
  ];
  expect(told(mayNot).filter((line) => line.endsWith('yes'))).toEqual([]);
  const named = new Set([...MAY, ...MAY_NOT].flatMap(([from, to]) => [from, to]));
  expect(Object.keys(talk.pods).filter((pod) => ![...named].some((one) => one === pod))).toEqual([]);
}

function tell(talk: Talk, [from, to, ports, protocol = 'TCP']: Row): string[] {
  const [source, target] = [placeOf(talk, from), placeOf(talk, to)];
  if (source === undefined || target === undefined) return [];
  return ports.map((port) => {
    const isAllowed = decideConnection(talk.policies, { from: source, to: target, port, protocol });
    return `${from} -> ${to} ${protocol} ${port}: ${isAllowed ? 'yes' : 'no'}`;
  });
}

function placeOf({ pods, ...addresses }: Talk, who: Who): Place | undefined {
  const pod = PODS.find((one) => one === who);
  if (pod !== undefined) return pods[pod];
  const { apiServer, publicApiServer, managedRedis } = addresses;
  const own = { 'api server': apiServer, 'public api server': publicApiServer, 'managed redis': managedRedis };
  const [, address] = Object.entries({ ...ADDRESSES, ...own }).find(([name]) => name === who) ?? [];
  return address === undefined ? undefined : { address };
}
