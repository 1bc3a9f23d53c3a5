// ADAPTER of the person's port: Slack's `users.info`. Its app may lack the right to ask: then the id has to do.
import { splitUserKey, type UserKey } from '@runnel/shared';
import type { slackClient } from '@runnel/shared/slack';
import { z } from 'zod';
import type { FindPerson, Person } from './person.ts';

const userSchema = z.object({
  name: z.string(),
  real_name: z.string().optional(),
  profile: z.object({ real_name: z.string().optional(), email: z.string().optional() }).optional(),
});

/** Asked once. `onFailure` is told why somebody goes by their id. */
export function slackPerson(
  client: ReturnType<typeof slackClient>,
  key: UserKey,
  onFailure: (error: unknown) => void,
): FindPerson {
  let asked: Promise<Person> | undefined;
  const ask = async (): Promise<Person> => {
    const { user } = splitUserKey(key);
    try {
      const answer = await client.users.info({ user });
      return describePerson(key, userSchema.parse(answer.user));
    } catch (error) {
      onFailure(error);
      return describePerson(key, { name: user.toLowerCase() });
    }
  };
  return () => (asked ??= ask());
}

/** Without an address of their own nobody else's is taken. */
function describePerson(key: UserKey, { name, real_name: realName, profile }: z.infer<typeof userSchema>): Person {
  const { team, user } = splitUserKey(key);
  const shown = [realName, profile?.real_name, name].find((one) => one !== undefined && isFit(one)) ?? user;
  const email = profile?.email ?? '';
  return { handle: name, name: shown, email: isFit(email) ? email : `${user}@${team}.slack.invalid`.toLowerCase() };
}

/** What git takes as it is. */
function isFit(text: string): boolean {
  return text.trim() !== '' && !/[<>\n\0]/.test(text);
}
