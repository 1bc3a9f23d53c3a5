// The evaluator itself, against what Kubernetes's documentation says of each part of a policy.
import type { V1NetworkPolicy, V1NetworkPolicySpec } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { decideConnection, type Place } from './decide-connection.ts';

const pod = (namespace: string, labels: Record<string, string>, address = '10.4.0.1'): Place => ({
  namespace,
  namespaceLabels: { 'kubernetes.io/metadata.name': namespace, team: namespace },
  labels,
  address,
});
const web = pod('shop', { app: 'web' });
const db = pod('shop', { app: 'db' }, '10.4.0.2');
const other = pod('bank', { app: 'web' }, '10.4.0.3');
const outside: Place = { address: '203.0.113.9' };

function policy(spec: V1NetworkPolicySpec, namespace = 'shop'): V1NetworkPolicy {
  return { metadata: { name: 'p', namespace }, spec };
}

function to(policies: V1NetworkPolicy[], ...[from, place, port = 80, protocol = 'TCP']: Ends): boolean {
  return decideConnection(policies, { from, to: place, port, protocol });
}

type Ends = [from: Place, to: Place, port?: number, protocol?: 'TCP' | 'UDP'];

test('where no policy selects a pod everything goes; a policy closes only its directions', () => {
  expect(to([], web, db)).toBe(true);
  const closed = policy({ podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] });
  expect([to([closed], web, db), to([closed], db, web), to([closed], web, other)]).toEqual([false, true, true]);
});

test('without policyTypes a policy is about what comes in, and about what goes out if it says something of it', () => {
  expect(to([policy({ podSelector: {} })], web, outside)).toBe(true);
  expect(to([policy({ podSelector: {}, egress: [] })], web, outside)).toBe(false);
});

test('policies add up, and both ends must agree', () => {
  const deny = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  const send = policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: {} }] }] });
  const hear = policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ _from: [{ podSelector: {} }] }] });
  expect([to([deny, send], web, db), to([deny, hear], web, db), to([deny, send, hear], web, db)]).toEqual([
    false,
    false,
    true,
  ]);
});

test('a pod selector alone means the own namespace; with a namespace selector both must fit', () => {
  const hear = (peer: object): V1NetworkPolicy =>
    policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ _from: [peer] }] });
  const webs = { matchLabels: { app: 'web' } };
  expect([to([hear({ podSelector: webs })], web, db), to([hear({ podSelector: webs })], other, db)]).toEqual([
    true,
    false,
  ]);
  const bank = { namespaceSelector: { matchLabels: { team: 'bank' } } };
  expect([to([hear(bank)], other, db), to([hear(bank)], web, db)]).toEqual([true, false]);
  expect(to([hear({ ...bank, podSelector: { matchLabels: { app: 'db' } } })], other, db)).toBe(false);
  expect(to([hear({ namespaceSelector: {} })], outside, db), 'an address is no pod').toBe(false);
});

test('address blocks with exceptions, ports and ranges, protocols', () => {
  const send = policy({
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['203.0.113.0/25', '10.0.0.0/8'] } }], ports: [{ port: 443 }] },
      { ports: [{ protocol: 'UDP', port: 53, endPort: 55 }] },
    ],
  });
  expect(to([send], web, { address: '203.0.113.200' }, 443)).toBe(true);
  expect([
    to([send], web, outside, 443),
    to([send], web, db, 443),
    to([send], web, { address: '8.8.8.8' }, 80),
  ]).toEqual([false, false, false]);
  expect([53, 55, 56].map((port) => to([send], web, outside, port, 'UDP'))).toEqual([true, true, false]);
  expect(to([send], web, outside, 53)).toBe(false);
});

test.each([
  ['In', ['web', 'db'], true],
  ['In', ['web'], false],
  ['NotIn', ['web'], true],
  ['Exists', undefined, true],
  ['DoesNotExist', undefined, false],
])('the expression %s %s', (operator, values, isSelected) => {
  const expression = { key: 'app', operator, ...(values === undefined ? {} : { values }) };
  const closed = policy({ podSelector: { matchExpressions: [expression] }, policyTypes: ['Ingress'] });
  expect(to([closed], web, db)).toBe(!isSelected);
});
