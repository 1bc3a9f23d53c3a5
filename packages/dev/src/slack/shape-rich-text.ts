// The `rich_text` block that Slack puts beside the text of a person's message: the same words, taken apart.

const TOKEN = /<([^>]*)>/g;

export function shapeRichText(text: string): object {
  const elements: object[] = [];
  let done = 0;
  const addText = (encoded: string): void => {
    if (encoded !== '') elements.push({ type: 'text', text: decodeText(encoded) });
  };
  for (const match of text.matchAll(TOKEN)) {
    addText(text.slice(done, match.index));
    elements.push(shapeToken(match[1] ?? ''));
    done = match.index + match[0].length;
  }
  addText(text.slice(done));
  return { type: 'rich_text', block_id: 'typed', elements: [{ type: 'rich_text_section', elements }] };
}

function shapeToken(token: string): object {
  const [target = '', label] = token.split('|');
  if (target.startsWith('@')) return { type: 'user', user_id: target.slice(1) };
  if (target.startsWith('#')) return { type: 'channel', channel_id: target.slice(1) };
  if (target.startsWith('!')) return { type: 'broadcast', range: target.slice(1) };
  return { type: 'link', url: decodeText(target), ...(label === undefined ? {} : { text: decodeText(label) }) };
}

function decodeText(encoded: string): string {
  return encoded.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
