// What somebody wrote, in a line of ours.
const TITLE_LENGTH = 80;

/** The first line of what somebody wrote, cut to fit into one. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0]?.trim() ?? '';
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1)}…` : line;
}

/** As code in markdown: nothing in it means anything. */
export function inCode(text: string): string {
  return text === '' ? 'your message' : `\`${text.replaceAll('`', 'ˋ')}\``;
}
