// From Slack's encoding to what the person meant. Text from Slack is data: nothing here makes it safe for a shell.

const TOKEN_OR_ENTITY = /<([^<>]*)>|&(amp|lt|gt);/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' };

/**
 * Plain text of a message: mentions as `@U…`, channels as `#name`, links as they were typed. With `bot` (its Slack user
 * id) mentions of it at the start are left out. Source: docs.slack.dev/messaging/formatting-message-text
 */
export function decodeSlackText(text: string, bot?: string): string {
  const addressed = bot === undefined ? text : withoutLeadingMention(text, bot);
  return addressed.replace(TOKEN_OR_ENTITY, (whole, token: string | undefined, entity: string | undefined) => {
    if (token !== undefined) return decodeToken(token) ?? whole;
    return ENTITIES[entity ?? ''] ?? whole;
  });
}

/** "@Runnel: do this" is addressed to it; a mention further on is part of the sentence. */
function withoutLeadingMention(text: string, bot: string): string {
  const mention = new RegExp(String.raw`^(?:\s*<@${bot}(?:\|[^<>]*)?>[ \t]*[:,]?)+\s*`);
  return text.replace(mention, '');
}

/** Undefined for what is no token of Slack's, which stays as it is. */
function decodeToken(token: string): string | undefined {
  const bar = token.indexOf('|');
  const target = bar === -1 ? token : token.slice(0, bar);
  const label = bar === -1 ? '' : decodeEntities(token.slice(bar + 1));
  if (target.startsWith('@')) return target;
  if (target.startsWith('#')) return label === '' ? target : `#${label}`;
  if (target.startsWith('!')) return decodeSpecial(target.slice(1), label);
  return /^[a-z][a-z0-9+.-]*:/i.test(target) ? decodeLink(decodeEntities(target), label) : undefined;
}

/** `<!channel>`, `<!subteam^S1|@team>`, `<!date^…|fallback>`. */
function decodeSpecial(command: string, label: string): string {
  if (label !== '') return label;
  const [name = '', id] = command.split('^');
  return name === 'subteam' && id !== undefined ? `@${id}` : `@${name}`;
}

/** Slack makes links of bare names: `README.md` comes as `<http://README.md|README.md>`. Then the label is what was typed. */
function decodeLink(address: string, label: string): string {
  if (label === '' || label === address) return address;
  const bare = address.replace(/^(?:https?:\/\/|mailto:|tel:)/i, '');
  return bare === label || bare === `${label}/` ? label : `${label} (${address})`;
}

function decodeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (whole, entity: string) => ENTITIES[entity] ?? whole);
}
