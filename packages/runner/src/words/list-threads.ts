// Stage: `sessions`, the person's threads: what each is about, who works there and where, when that was, and the way to it.
import { inCode, threadOf, type SessionKey } from '@runnel/shared';
import { sayAgo } from '../progress/say-ago.ts';
import type { TurnParts } from '../turn/turn-parts.ts';

type ListingParts = Pick<TurnParts, 'agents' | 'manifest' | 'workspaces' | 'titles' | 'replies' | 'log'>;

const MOST_NAMED = 10;

/** Resolves to what the person is told. `here` is where they ask. */
export async function listThreads(parts: ListingParts, here: SessionKey): Promise<string> {
  const all = threadsOf(parts);
  if (all.length === 0) return 'You have no thread yet. Write what you want done, and you have one.';
  const { channel } = threadOf(here);
  const isDirect = channel.startsWith('D');
  // What a person does elsewhere is nobody's business in a channel.
  const mayName = all.filter(({ session }) => isDirect || threadOf(session).channel === channel);
  const named = mayName.slice(0, MOST_NAMED);
  const lines = await Promise.all(named.map((thread) => sayThread(parts, thread)));
  const older = mayName.length - named.length;
  const elsewhere = all.length - mayName.length;
  return [
    lines.length === 0 ? 'You have no thread in this channel.' : 'Your threads, the latest first:',
    lines.join('\n'),
    [...(older === 0 ? [] : [`${older} older`]), ...(elsewhere === 0 ? [] : [`${elsewhere} elsewhere`])].join(', '),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

type Thread = { readonly session: SessionKey; readonly at: number };

/** In which something was done, or is being done; newest first. */
function threadsOf({ manifest, titles }: ListingParts): Thread[] {
  const now = Date.now();
  const kept = manifest.sessions().flatMap(([session, { archive, updatedAt }]) => {
    return archive === undefined ? [] : [{ session, at: updatedAt }];
  });
  const known = new Set(kept.map(({ session }) => session));
  const begun = [...titles.keys()].filter((session) => !known.has(session)).map((session) => ({ session, at: now }));
  return [...begun, ...kept].toSorted((one, other) => other.at - one.at);
}

async function sayThread(parts: ListingParts, { session, at }: Thread): Promise<string> {
  const { manifest, titles, agents, workspaces, replies, log } = parts;
  const title = manifest.session(session)?.title ?? titles.get(session);
  const work = workspaces?.record(session) ?? manifest.session(session)?.work;
  const link = await replies.linkTo(threadOf(session)).catch((error: unknown) => {
    // Its first message may be gone; the thread is there all the same.
    log.debug({ err: error, session }, 'no link to a thread');
    return undefined;
  });
  const facts = [
    title === undefined ? sayBeginning(session) : inCode(title),
    agents.nameOf(session),
    ...(work === undefined ? [] : [`${inCode(work.name)} ${inCode(work.branch)}`]),
    sayAgo(Date.now() - at),
    ...(link === undefined ? [] : [`[open](${link})`]),
  ];
  return `- ${facts.join(' · ')}`;
}

/** Of a thread that was begun before there were titles. */
function sayBeginning(session: SessionKey): string {
  const day = new Date(Number(threadOf(session).threadTs) * 1_000).toISOString().slice(0, 10);
  return `a thread of ${day}`;
}
