// What NetworkPolicies allow, as Kubernetes defines them: policies only add, a direction that no policy takes up is open.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
import { BlockList } from 'node:net';
import type {
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
} from '@kubernetes/client-node';

export type Labels = Readonly<Record<string, string>>;

/** A pod, or an address that is no pod's. */
export type Place =
  | { readonly namespace: string; readonly namespaceLabels: Labels; readonly labels: Labels; readonly address: string }
  | { readonly address: string };

export type Connection = {
  readonly from: Place;
  readonly to: Place;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
};

/** Both ends must agree: what the one may send, the other must be allowed to hear. */
export function decideConnection(policies: readonly V1NetworkPolicy[], connection: Connection): boolean {
  const { from, to } = connection;
  const sends = rulesFor(policies, from, 'Egress').map(({ namespace, rules }) =>
    rules.egress.some((rule) => allows({ namespace, peers: rule.to, ports: rule.ports }, to, connection)),
  );
  // oxlint-disable no-underscore-dangle -- the client's own name for `from`
  const hears = rulesFor(policies, to, 'Ingress').map(({ namespace, rules }) =>
    rules.ingress.some((rule) => allows({ namespace, peers: rule._from, ports: rule.ports }, from, connection)),
  );
  // oxlint-enable no-underscore-dangle
  return [sends, hears].every((answers) => answers.length === 0 || answers.includes(true));
}

function rulesFor(policies: readonly V1NetworkPolicy[], place: Place, direction: 'Ingress' | 'Egress') {
  if (!('namespace' in place)) return [];
  return policies.flatMap(({ metadata, spec }) => {
    if (spec === undefined || metadata?.namespace !== place.namespace) return [];
    const { egress = [], ingress = [], podSelector = {} } = spec;
    const types = spec.policyTypes ?? ['Ingress', ...(spec.egress === undefined ? [] : ['Egress'])];
    if (!types.includes(direction) || !selects(podSelector, place.labels)) return [];
    return [{ namespace: metadata.namespace, rules: { egress, ingress } }];
  });
}

type Rule = {
  /** Of the policy: a peer without a namespace means pods of that one. */
  readonly namespace: string;
  readonly peers: readonly V1NetworkPolicyPeer[] | undefined;
  readonly ports: readonly V1NetworkPolicyPort[] | undefined;
};

function allows(
  { namespace, peers = [], ports = [] }: Rule,
  place: Place,
  { port, protocol = 'TCP' }: Connection,
): boolean {
  const fitsPort = ports.length === 0 || ports.some((one) => fits(one, port, protocol));
  return fitsPort && (peers.length === 0 || peers.some((peer) => isPeer(peer, namespace, place)));
}

function fits({ port: first, endPort, protocol = 'TCP' }: V1NetworkPolicyPort, port: number, used: string): boolean {
  if (protocol !== used) return false;
  if (first === undefined) return true;
  if (typeof first !== 'number') throw new Error(`The port ${first} has a name: that is not read here.`);
  return port >= first && port <= (endPort ?? first);
}

function isPeer(
  { ipBlock, namespaceSelector, podSelector }: V1NetworkPolicyPeer,
  namespace: string,
  place: Place,
): boolean {
  if (ipBlock !== undefined) {
    return isIn(ipBlock.cidr, place.address) && !(ipBlock.except ?? []).some((cidr) => isIn(cidr, place.address));
  }
  if (!('namespace' in place)) return false;
  const isOfNamespace =
    namespaceSelector === undefined ? place.namespace === namespace : selects(namespaceSelector, place.namespaceLabels);
  return isOfNamespace && selects(podSelector ?? {}, place.labels);
}

function selects({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector, labels: Labels): boolean {
  const hasAll = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return hasAll && matchExpressions.every((expression) => isTrue(expression, labels));
}

function isTrue(
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
  labels: Labels,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new Error(`There is no operator ${operator}.`);
  }
}

function isIn(cidr: string, address: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix));
  return list.check(address);
}
