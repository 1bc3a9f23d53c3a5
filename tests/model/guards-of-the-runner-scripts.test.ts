// Every guard of the scripts that a runner calls is needed: without it something breaks.
import { describe, expect, test } from 'vitest';
import { describeMutants } from './describe-worlds.ts';
import { explore } from './explore.ts';
import { openMemory } from './open-memory.ts';
import { runnerScriptMutants, superfluousGuards } from './runner-script-mutants.ts';
import { tellFault } from './tell-report.ts';

describeMutants(runnerScriptMutants);

describe('guards behind another guard', () => {
  const memory = openMemory();
  test.for(superfluousGuards)('$name: who is not running is never the owner', async ({ name, place, edits = [] }) => {
    expect(tellFault(await explore({ ...place, name, edits }, memory()))).toBe('');
  });
});
