// Output of programs as text that can be sent and seen: no terminal sequences, no control characters, no half characters.

// Control and string sequences (ECMA-48). Not node:util's stripVTControlCharacters: on many that are not finished it is quadratic.
const ESCAPE_SEQUENCE =
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-Z\\^-~])/g;
// C0 without tab and line feed, DEL, C1, and what reorders the text around it.
// oxlint-disable-next-line no-control-regex -- they are what this is about
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Colours go, a NUL shows as ␀, half a surrogate pair as U+FFFD; a lone carriage return begins a line as it would on a terminal. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(ESCAPE_SEQUENCE, '')
    .replace(/\r+\n?/g, '\n')
    .replace(INVISIBLE, picture);
}

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
