import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostileJsonText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { addVersion, readVersions } from './folder-manifests.ts';
import type { Manifest } from './session-store.ts';

const record = fc.record({
  provider: fc.constant('shell'),
  archive: fc.constant({ digest: 'a'.repeat(64), bytes: 5 }),
  covered: fc.array(
    fc.record({
      identity: fc.string(),
      deliveryId: fc.string(),
      reply: fc.string(),
      since: fc.constant('1.0'),
      at: fc.nat(),
    }),
    { maxLength: 2 },
  ),
  updatedAt: fc.nat(),
});
const manifest: fc.Arbitrary<Manifest> = fc.record({
  v: fc.constant(1 as const),
  writer: fc.record({ generation: fc.constant('1'), owner: fc.string(), write: fc.nat() }),
  sessions: fc.dictionary(fc.constantFrom('T0:D0:1.0', 'T0:D0:2.0'), record),
});

testProperty(
  'versions that are damaged in any way are passed over, and the next one can be written',
  { of: fc.tuple(manifest, fc.array(hostileJsonText(manifest), { minLength: 1, maxLength: 3 })), runs: 12 },
  async ([first, texts]) => {
    const folder = await mkdtemp(join(tmpdir(), 'runnel-manifests-'));
    try {
      await addVersion(folder, first, 0);
      for (const [index, text] of texts.entries()) {
        await addVersion(folder, first, index + 1);
        await writeFile(join(folder, `manifest.${index + 2}.json`), text);
      }
      const { versions, readable } = await readVersions(folder);
      expect(versions.map(({ revision }) => revision)).toEqual(
        [...texts.keys(), texts.length].map((n) => n + 1).toReversed(),
      );
      expect(readable.at(-1)).toMatchObject({ version: { revision: 1 } });
      expect(readable.at(-1)?.manifest).toEqual(first);
      for (const { manifest: one } of readable) {
        // It can be written again, and holds what is looked for in it.
        expect(Object.values(one.sessions).every((session) => Array.isArray(session.covered))).toBe(true);
      }
      expect(await addVersion(folder, first, texts.length + 1)).toBe(texts.length + 2);
      expect((await readVersions(folder)).readable[0]).toMatchObject({ version: { revision: texts.length + 2 } });
      expect({}).not.toHaveProperty('polluted');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
