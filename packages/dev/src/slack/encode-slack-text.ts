// What a person types, as Slack hands it to an app: three characters escaped, people, channels and addresses in angle brackets.
import type { WorkspaceChannel, WorkspaceUser } from './workspace-objects.ts';

// Slack takes a bare word with a known top-level domain for an address, so that file names become links as well.
const ADDRESS = String.raw`(?:https?:\/\/[^\s<>|]+[^\s<>|.,;:!?'")\]])`;
const MAIL = String.raw`(?:[\w.+-]+@[\w-]+(?:\.[\w-]+)+)`;
const BARE = String.raw`(?:(?<![\w./@~$-])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|ai|app|md|sh|py)\b(?![\w.(-]))`;
const MENTION = String.raw`(?:<@U\w+>|(?<![\w.&/-])@[a-z0-9][a-z0-9._-]*|(?<![\w&/-])#[a-z0-9_-]+)`;
const SPECIAL = new RegExp(`(${ADDRESS})|(${MAIL})|(${MENTION})|(${BARE})`, 'gi');

export function encodeSlackText(
  typed: string,
  known: { users: WorkspaceUser[]; channels: WorkspaceChannel[] },
): string {
  const parts: string[] = [];
  let done = 0;
  for (const match of typed.matchAll(SPECIAL)) {
    const encoded = encodeSpecial(match, known);
    if (encoded === undefined) continue;
    parts.push(escapeText(typed.slice(done, match.index)), encoded.token);
    done = match.index + encoded.length;
  }
  return [...parts, escapeText(typed.slice(done))].join('');
}

type Encoded = { token: string; length: number };

function encodeSpecial(
  match: RegExpMatchArray,
  known: { users: WorkspaceUser[]; channels: WorkspaceChannel[] },
): Encoded | undefined {
  const [whole, address, mail, mention, bare] = match;
  if (address !== undefined) return { token: `<${escapeText(address)}>`, length: whole.length };
  if (mail !== undefined) return { token: `<mailto:${mail}|${mail}>`, length: whole.length };
  if (bare !== undefined) return { token: `<http://${bare}|${bare}>`, length: whole.length };
  return mention === undefined ? undefined : encodeMention(mention, known);
}

function encodeMention(
  mention: string,
  known: { users: WorkspaceUser[]; channels: WorkspaceChannel[] },
): Encoded | undefined {
  if (mention.startsWith('<@')) {
    return known.users.some((user) => mention === `<@${user.id}>`)
      ? { token: mention, length: mention.length }
      : undefined;
  }
  // A name ends where the person's sentence goes on: "@runnel." is the person and a full stop.
  const name = mention
    .slice(1)
    .replace(/[.-]+$/, '')
    .toLowerCase();
  const length = name.length + 1;
  if (mention.startsWith('#')) {
    const channel = known.channels.find((candidate) => candidate.kind === 'channel' && candidate.name === name);
    return channel && { token: `<#${channel.id}|${channel.name}>`, length };
  }
  if (['channel', 'here', 'everyone'].includes(name)) return { token: `<!${name}>`, length };
  const user = known.users.find((candidate) => candidate.name === name);
  return user && { token: `<@${user.id}>`, length };
}

/** Slack escapes exactly these three. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
