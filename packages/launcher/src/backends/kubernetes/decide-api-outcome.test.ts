import { expect, test } from 'vitest';
import { decideApiOutcome, type ApiFault } from './decide-api-outcome.ts';

const faults: [fault: Partial<ApiFault>, outcome: object][] = [
  [{ status: 404 }, { kind: 'gone' }],
  [{ status: 409, reason: 'AlreadyExists' }, { kind: 'taken' }],
  [{ status: 409, reason: 'Conflict', message: 'the UID in the precondition does not match' }, { kind: 'replaced' }],
  [{ status: 410, reason: 'Expired' }, { kind: 'expired' }],
  [
    { status: 422, reason: 'Invalid', message: 'spec.template: Required value' },
    { kind: 'told', code: 'configuration' },
  ],
  [
    { status: 422, message: "ValidatingAdmissionPolicy 'x' denied request" },
    { kind: 'told', code: 'refused' },
  ],
  [
    { status: 400, message: 'unknown field "spec.foo"' },
    { kind: 'told', code: 'configuration' },
  ],
  [
    { status: 403, message: 'pods "a" is forbidden: exceeded quota: q, requested: pods=1' },
    { kind: 'told', code: 'quota' },
  ],
  [
    { status: 403, message: 'maximum memory usage per Container is 64Mi, but limit is 2Gi' },
    { kind: 'told', code: 'quota' },
  ],
  [
    { status: 403, message: 'violates PodSecurity "restricted:latest"' },
    { kind: 'told', code: 'refused' },
  ],
  [
    { status: 403, message: 'admission webhook "a" denied the request' },
    { kind: 'told', code: 'refused' },
  ],
  [
    { status: 403, message: 'serviceaccount "nobody" not found' },
    { kind: 'told', code: 'configuration' },
  ],
  [{ status: 401 }, { kind: 'again' }],
  [
    { status: 429, retryAfterMs: 7_000 },
    { kind: 'again', afterMs: 7_000 },
  ],
  [{ status: 500 }, { kind: 'again' }],
  [
    { status: 503, retryAfterMs: 1_000 },
    { kind: 'again', afterMs: 1_000 },
  ],
  [{ status: 504 }, { kind: 'again' }],
  [{ status: 0, message: 'The operation was aborted due to timeout' }, { kind: 'again' }],
];

test.for(faults)('$0', ([fault, outcome]) => {
  expect(decideApiOutcome({ status: 0, reason: '', message: '', ...fault })).toEqual(outcome);
});
