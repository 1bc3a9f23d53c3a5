import { expect, test } from 'vitest';
import { permissionAsk } from './opencode-permissions.ts';

const command = 'rm -r build';
const asked = { id: 'p', sessionID: 's', permission: 'bash', patterns: [command], metadata: { command }, always: [] };

test('a command in another folder is another one, and says where; in other words it is the same', () => {
  const here = permissionAsk(asked, { command, description: 'Clean up' });
  const there = permissionAsk(asked, { command, description: 'Clean up', workdir: '/work/other' });
  expect(permissionAsk(asked, { command, description: 'Remove it' })).toEqual(here);
  expect(there).toMatchObject({ detail: 'rm -r build\nin /work/other' });
  expect(there).not.toMatchObject({ does: here.kind === 'permission' ? here.does : '' });
});

test('a change of a file is what its diff says', () => {
  const edit = { ...asked, permission: 'edit', patterns: ['a'], metadata: { diff: '+one' } };
  expect(permissionAsk(edit, {})).toMatchObject({ detail: '+one' });
  expect(permissionAsk(edit, {})).not.toEqual(permissionAsk({ ...edit, metadata: { diff: '+two' } }, {}));
});
