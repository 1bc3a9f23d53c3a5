import { expect, test } from 'vitest';
import { decideAdmission, type AllowLists } from './decide-admission.ts';
import type { SlackOrigin } from './slack/incoming-slack-event.ts';

const dm: SlackOrigin = {
  team: 'T0LOCAL',
  author: 'U0ADA',
  authorTeam: 'T0LOCAL',
  thread: { channel: 'D0ADA', threadTs: '1.1' },
  isDirect: true,
  isShared: false,
};
const channel: SlackOrigin = { ...dm, isDirect: false, thread: { channel: 'C0GENERAL', threadTs: '1.1' } };
const shared: SlackOrigin = { ...channel, isShared: true };

type Case = [title: string, origin: SlackOrigin, lists: Partial<AllowLists>, admission: string];

test.each<Case>([
  ['empty lists admit everybody', channel, {}, 'admitted'],
  ['a person on the list', dm, { users: ['U0BEN', 'U0ADA'] }, 'admitted'],
  ['a person not on the list', dm, { users: ['U0BEN'] }, 'person_not_allowed'],
  [
    'a person of a workspace not on the list',
    { ...dm, authorTeam: 'T0OTHER' },
    { teams: ['T0LOCAL'] },
    'person_not_allowed',
  ],
  ['a channel on the list', channel, { channels: ['C0GENERAL'] }, 'admitted'],
  ['a channel not on the list', channel, { channels: ['C0TEAM'] }, 'channel_not_allowed'],
  ['direct messages, whatever the channels', dm, { channels: ['C0TEAM'] }, 'admitted'],
  ['a shared channel', shared, {}, 'channel_shared'],
  ['a shared channel that is named', shared, { channels: ['C0GENERAL'] }, 'admitted'],
  [
    'a stranger in a shared channel that is named',
    shared,
    { channels: ['C0GENERAL'], users: ['U0BEN'] },
    'person_not_allowed',
  ],
])('%s', (...[, origin, lists, admission]) => {
  expect(decideAdmission(origin, { teams: [], users: [], channels: [], ...lists })).toBe(admission);
});
