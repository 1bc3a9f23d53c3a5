// Stage: a pull request's title and text, from the conversation: what was asked for, and the last answer.
import type { WorkRecord } from '../store/session-store.ts';
import { findSecrets } from './find-secrets.ts';

export async function describePullRequest({
  titles,
  summary,
  branch,
}: WorkRecord): Promise<{ title: string; body: string }> {
  const [first = `Changes on ${branch}`] = titles;
  const asked = titles.map((title) => `- ${title}`).join('\n');
  const whole = {
    title: first,
    body: [`Asked for in Slack:\n\n${asked}`, summary].filter((part) => part !== '').join('\n\n'),
  };
  const found = await findSecrets([{ path: '', text: `${whole.title}\n${whole.body}` }]);
  return found.length === 0 ? whole : { title: `Changes on ${branch}`, body: 'Asked for in Slack.' };
}
