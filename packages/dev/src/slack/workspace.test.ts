import { describe, expect, it } from 'vitest';
import { encodeSlackText } from './encode-slack-text.ts';
import { Workspace } from './workspace.ts';

describe('text as people type it', () => {
  const workspace = new Workspace();
  const known = { users: workspace.users(), channels: workspace.channels() };

  it.for([
    ['a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'],
    ['@runnel echo hi', '<@U0RUNNEL> echo hi'],
    ['hi @Runnel.', 'hi <@U0RUNNEL>.'],
    ['<@U0RUNNEL> echo hi', '<@U0RUNNEL> echo hi'],
    ['<@U0NOBODY> and @nobody', '&lt;@U0NOBODY&gt; and @nobody'],
    ['git clone git@runnel:a/b', 'git clone git@runnel:a/b'],
    ["echo '<!channel>'", "echo '&lt;!channel&gt;'"],
    ['@channel and @here', '<!channel> and <!here>'],
    ['see #general, not #nowhere', 'see <#C0GENERAL|general>, not #nowhere'],
    ['curl https://example.com/a?b=1&c=2.', 'curl <https://example.com/a?b=1&amp;c=2>.'],
    ['example.com and README.md', '<http://example.com|example.com> and <http://README.md|README.md>'],
    ['ada@example.com', '<mailto:ada@example.com|ada@example.com>'],
    ['ls ./notes.md src/main.ts $HOME/x.io', 'ls ./notes.md src/main.ts $HOME/x.io'],
  ] as const)('%s', ([typed, encoded]) => {
    expect(encodeSlackText(typed, known)).toBe(encoded);
  });
});

describe('a workspace', () => {
  it('has a DM for each of many people, and channels for all', () => {
    const people = Array.from({ length: 40 }, (_, n) => ({ id: `U0P${n}`, name: `p${n}`, realName: `Person ${n}` }));
    const workspace = new Workspace({ people });
    expect(workspace.channels().filter(({ kind }) => kind === 'im')).toHaveLength(40);
    expect(workspace.channels().find(({ id }) => id === 'C0TEAM')?.members).toHaveLength(41);
    expect(workspace.postAs('U0P7', { channel: 'D0P7', text: 'hi' }).user).toBe('U0P7');
  });

  it('lets nobody write where they are not, change what is not theirs, or answer what is no root', () => {
    const workspace = new Workspace();
    const root = workspace.postAs('U0ADA', { channel: 'C0TEAM', text: 'root' });
    const reply = workspace.postAs('U0BEN', { channel: 'C0TEAM', text: 'reply', threadTs: root.ts });
    expect(() => workspace.postAs('U0BEN', { channel: 'D0ADA', text: 'x' })).toThrow('U0BEN is not in D0ADA');
    expect(() => workspace.editAs('U0BEN', root, 'x')).toThrow('no message of U0BEN');
    expect(() => workspace.deleteAs('U0BEN', root)).toThrow('no message of U0BEN');
    expect(() => workspace.postAs('U0ADA', { channel: 'C0TEAM', text: 'x', threadTs: reply.ts })).toThrow('no root');
  });

  it('gives each message a time of its own, later than all before', () => {
    const workspace = new Workspace();
    const times = Array.from({ length: 500 }, () => workspace.postAs('U0ADA', { channel: 'C0TEAM', text: 'x' }).ts);
    expect(new Set(times).size).toBe(500);
    expect(times.toSorted()).toEqual(times);
    expect(times[0]).toMatch(/^\d{10}\.\d{6}$/);
  });

  it('forgets what was deleted, but for a root that has replies', () => {
    const workspace = new Workspace();
    const lone = workspace.postAs('U0ADA', { channel: 'C0TEAM', text: 'lone' });
    const root = workspace.postAs('U0ADA', { channel: 'C0TEAM', text: 'root' });
    const reply = workspace.postAs('U0ADA', { channel: 'C0TEAM', text: 'reply', threadTs: root.ts });
    workspace.deleteAs('U0ADA', lone);
    workspace.deleteAs('U0ADA', root);
    expect(workspace.messages('C0TEAM').map(({ ts, deleted }) => [ts, deleted])).toEqual([
      [root.ts, true],
      [reply.ts, undefined],
    ]);
    workspace.deleteAs('U0ADA', reply);
    expect(workspace.messages('C0TEAM')).toEqual([]);
  });

  it('comes back as it was saved, through JSON', () => {
    const workspace = new Workspace();
    const root = workspace.postAs('U0ADA', {
      channel: 'D0ADA',
      text: 'root',
      files: [{ name: 'a.txt', content: 'bytes' }],
    });
    workspace.post({
      channel: 'D0ADA',
      text: 'answer',
      threadTs: root.ts,
      metadata: { event_type: 'x', event_payload: { n: 1 } },
    });
    workspace.setSession({ channel: 'D0ADA', threadTs: root.ts, status: 'active', title: 'root' });
    workspace.suggest({ channel: 'D0ADA', prompts: [{ title: 'a', message: 'b' }] });
    const saved = JSON.stringify(workspace.save());

    const restored = Workspace.restore(JSON.parse(saved) as ReturnType<Workspace['save']>);
    expect(JSON.stringify(restored.save())).toBe(saved);
    expect(restored.messages('D0ADA')).toEqual(workspace.messages('D0ADA'));
    expect(String(restored.file(root.files?.[0]?.id ?? '')?.content)).toBe('bytes');
    const next = restored.postAs('U0ADA', { channel: 'D0ADA', text: 'next', files: [{ name: 'b.txt', content: '' }] });
    expect(Number(next.ts)).toBeGreaterThan(Number(restored.messages('D0ADA')[1]?.ts));
    expect(next.files?.[0]?.id).not.toBe(root.files?.[0]?.id);
  });
});
