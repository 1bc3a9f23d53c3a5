import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PermissionPolicy } from '../agent/agent-provider.ts';
import { check, setUp } from './repository-commands.ts';
import type { TurnParts } from './turn-parts.ts';

const never = new AbortController().signal;

async function checkout(policy: PermissionPolicy) {
  const root = await mkdtemp(join(tmpdir(), 'runnel-own-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writeFile(join(root, '.runnel.yml'), 'setup: touch set-up\ncheck: touch checked\n');
  const told: unknown[] = [];
  const saved: string[] = [];
  const parts = {
    policy,
    tell: (draft: { data: unknown }) => told.push(draft.data),
    files: { save: async () => void saved.push((await readdir(root)).join(' ')) },
    over: never,
    workspaces: { path: '/usr/bin:/bin' },
    agents: { names: [] },
    lease: { holder: { owner: 'pod-of-own' }, watchGroup: () => ({ [Symbol.dispose]: () => undefined }) },
  };
  const directory = { files: root, state: join(root, 'state') };
  const own = { session: 'T1:D1:1.0', turn: 'm', directory, isRepeated: false } as const;
  return { parts: parts as unknown as TurnParts, own, told, saved, files: () => readdir(root) };
}

test.each(['ask', 'accept_edits'] as const)(
  'under `%s` nothing of the repository is run, and that is said',
  async (policy) => {
    const { parts, own, told, files } = await checkout(policy);
    expect(await setUp(parts, own, never)).toEqual([expect.stringContaining('is not run where an agent has to ask')]);
    expect(await check(parts, own, never)).toBeUndefined();
    expect(await files()).toEqual(['.runnel.yml', 'state']);
    expect(told).toEqual([]);
  },
);

test('under `full` both are, the setup once, and the card shows which', async () => {
  const { parts, own, told, saved, files } = await checkout('full');
  expect(await setUp(parts, own, never)).toEqual([]);
  expect(await setUp(parts, own, never)).toEqual([]);
  expect(await check(parts, own, never)).toBe('_`touch checked` passed._');
  expect(await files()).toEqual(expect.arrayContaining(['checked', 'set-up']));
  expect(told).toEqual([{ text: '\n› setup\n' }, { text: '\n› check\n' }]);
  expect(saved, 'before the check, which may end the runner').toEqual([expect.not.stringContaining('checked')]);
});

test('a check is not run again where a runner ended in its turn', async () => {
  const { parts, own, files } = await checkout('full');
  expect(await check(parts, { ...own, isRepeated: true }, never)).toContain('was not run');
  expect(await files()).toEqual(['.runnel.yml']);
});

test('a setup that was cut off is run by the next turn', async () => {
  const { parts, own, files } = await checkout('full');
  const cancel = new AbortController();
  cancel.abort();
  await expect(setUp(parts, own, cancel.signal)).rejects.toThrow(/abort/i);
  expect(await setUp(parts, own, never)).toEqual([]);
  expect(await files()).toContain('set-up');
});

test('a stop during the check leaves the answer as it is', async () => {
  const { parts, own } = await checkout('full');
  const cancel = new AbortController();
  cancel.abort();
  expect(await check(parts, own, cancel.signal)).toBeUndefined();
  await expect(setUp(parts, own, cancel.signal)).rejects.toThrow(/abort/i);
});
