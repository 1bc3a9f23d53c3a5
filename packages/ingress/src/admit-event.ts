// Stage: lets in whom the allow-lists admit. Who is refused and had spoken to us is told so, once a day.
import { decideAdmission, type Admission, type AllowLists } from './decide-admission.ts';
import { originOf, type SlackRequest } from './slack/incoming-slack-event.ts';
import type { ToldOnce } from './told-once.ts';
import type { Whisper } from './whisper.ts';

export type AdmissionAnswer =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'refused'; readonly why: Exclude<Admission, 'admitted'>; readonly whisper?: Whisper };

const SENTENCES: Readonly<Record<Exclude<Admission, 'admitted'>, string>> = {
  person_not_allowed:
    'Sorry, I may not work for you yet. Whoever runs me in this workspace can add you to the people I work for.',
  channel_not_allowed: 'Sorry, I may not work in this channel. You can write to me in a direct message.',
  channel_shared:
    'Sorry, I do not work in channels that are shared with another workspace. You can write to me in a direct message.',
};

export async function admitEvent(
  request: SlackRequest,
  { allowed, told }: { allowed: AllowLists; told: ToldOnce },
): Promise<AdmissionAnswer> {
  const origin = originOf(request);
  const admission = decideAdmission(origin, allowed);
  if (admission === 'admitted') return { kind: 'admitted' };
  // People who only talk in a channel that we happen to be in did not ask for an answer.
  const isSpokenToUs = request.kind === 'message' && (request.isDirect || request.mentionsBot);
  const isTold = isSpokenToUs && (await told.isFirstInDay(`${origin.team}:${origin.author}`, 'person'));
  const whisper = { thread: origin.thread, user: origin.author, text: sayRefused(admission) };
  return { kind: 'refused', why: admission, ...(isTold ? { whisper } : {}) };
}

export function sayRefused(why: Exclude<Admission, 'admitted'>): string {
  return SENTENCES[why];
}
