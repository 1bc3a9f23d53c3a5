// The contract of what is noted of kept messages: every adapter runs it.
import { describe, expect, test } from 'vitest';
import type { KeptThread, KeptThreads } from '../kept-threads.ts';

const one: KeptThread = { user: 'T0:U0ADA', session: 'T0:D0:1.0', agent: 'claude', generation: '7', id: 'first' };
const other: KeptThread = { user: 'T0:U0BEN', session: 'T0:D0:1.0', agent: 'codex', generation: '8', id: 'second' };

/** `open` makes one in which nothing is noted. */
export function describeKeptThreads(name: string, open: () => Promise<KeptThreads>): void {
  describe(`kept threads: ${name}`, () => {
    test('what is noted is found until it is removed', async () => {
      const kept = await open();
      await kept.note(one);
      await kept.note(other);
      expect(new Set(await kept.all())).toEqual(new Set([one, other]));
      await kept.remove(one);
      await kept.remove(one);
      expect(await kept.all()).toEqual([other]);
    });

    test('the last note of a thread counts; one that came since is not removed with the one before', async () => {
      const kept = await open();
      await kept.note(one);
      await kept.note({ ...one, id: 'anew' });
      await kept.remove(one);
      expect(await kept.all()).toEqual([{ ...one, id: 'anew' }]);
    });

    test('what is noted of a person can be forgotten, whatever it is', async () => {
      const kept = await open();
      const second: KeptThread = { ...one, session: 'T0:D0:2.0' };
      for (const each of [one, second, other]) await kept.note(each);
      await kept.forget(one.user, [one.session, second.session, 'T0:D0:3.0']);
      await kept.forget(other.user, []);
      expect(await kept.all()).toEqual([other]);
    });
  });
}
