import { expect, test } from 'vitest';
import { redactAll, secretRedactor } from './redact-secrets.ts';

const redact = secretRedactor(['hunter2-of-ours', 'abc']);

test.each([
  ['token xoxb-1234-5678-abcDEF was refused', 'token [redacted] was refused'],
  ['xapp-1-A0-2-abc', '[redacted]'],
  ['xoxe.xoxb-1-abc', '[redacted]'],
  ['redis://:hunter2@redis:6379/0 is away', 'redis://[redacted]@redis:6379/0 is away'],
  ['rediss://runner:p@ss:w0rd@redis:6379', 'rediss://[redacted]@redis:6379'],
  ['https://x:ghp_0123456789abcdef@github.com/a/b', 'https://[redacted]@github.com/a/b'],
  ['Authorization: Bearer abc.def-123', 'Authorization: [redacted] [redacted]'],
  ['sent Bearer abc.def-123 to it', 'sent Bearer [redacted] to it'],
  ['clone with ghp_0123456789abcdef and more', 'clone with [redacted] and more'],
  ['got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl back', 'got [redacted] back'],
  ['PASSWORD=swordfish user=ada', 'PASSWORD=[redacted] user=ada'],
  ['db_password: "sword fish", next', 'db_password: [redacted], next'],
  ['{"api_key":"k-1","count":3}', '{"api_key":[redacted],"count":3}'],
  ['?token=abc123&page=2', '?token=[redacted]&page=2'],
  ['AWS_SECRET_ACCESS_KEY=abc/def+ghi', 'AWS_SECRET_ACCESS_KEY=[redacted]'],
  ['it is hunter2-of-ours.', 'it is [redacted].'],
])('%s', (text, shown) => {
  expect(redact(text)).toBe(shown);
});

test.each([
  'ada@example.org wrote to ada@example.org',
  'http://127.0.0.1:8080/healthz',
  'runner-0123456789abcdef0123 has generation 1795285519421',
  'abc is too short to be a secret',
  '{"level":"info","msg":"asked for the lease","owner":"24d29056-d8b1-4107-b9da-0578418f7d34"}',
])('%s is left as it is', (text) => {
  expect(redact(text)).toBe(text);
});

test('a key that runs over many lines is taken out, one whose beginning or end is not shown too', () => {
  const whole = ['before', '-----BEGIN RSA PRIVATE KEY-----', 'MIIE', 'abcd', '-----END RSA PRIVATE KEY-----', 'after'];
  expect(redactAll(whole, redact)).toEqual(['before', '[redacted]', 'after']);
  expect(redactAll(whole.slice(2), redact)).toEqual(['[redacted]', 'after']);
  expect(redactAll(whole.slice(0, 3), redact)).toEqual(['before', '[redacted]']);
  const inOneLine = String.raw`{"key":"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}`;
  expect(redact(inOneLine)).not.toContain('MIIE');
});

test('everything at any depth is redacted, the rest is the same, and long lines are cut', () => {
  const value = { pid: 7, ready: true, containers: [{ logLines: ['a', 'TOKEN=x'], state: { message: 'token: y' } }] };
  expect(redactAll(value, redact)).toEqual({
    pid: 7,
    ready: true,
    containers: [{ logLines: ['a', 'TOKEN=[redacted]'], state: { message: 'token: [redacted]' } }],
  });
  expect(redactAll(['x'.repeat(5_000)], redact)[0]).toHaveLength(1_001);
});
