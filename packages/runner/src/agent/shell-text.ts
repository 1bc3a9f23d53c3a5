// Bytes of a command as text that can be read in a chat: no control characters, no colours, no overwritten progress bars.

/** More control characters, or more bytes that are no UTF-8, than this share, and showing it helps nobody. */
const CONTROL_SHARE = 0.15;
const UNDECODABLE_SHARE = 0.3;

/** Bytes that are no UTF-8 become U+FFFD. */
export function decodeOutput(bytes: Buffer): string {
  return new TextDecoder().decode(bytes);
}

/** For text as decoded, before it is cleaned. */
export function looksBinary(text: string): boolean {
  const visible = text.replaceAll(ESCAPE_SEQUENCE, '');
  const shareOf = (kind: RegExp): number =>
    (visible.length - visible.replaceAll(kind, '').length) / Math.max(1, visible.length);
  return shareOf(NOT_TEXT) > CONTROL_SHARE || shareOf(/\ufffd/g) > UNDECODABLE_SHARE;
}

/** What a terminal would show, as far as that is told by text alone. */
export function cleanText(text: string): string {
  const lines = text.replaceAll(ESCAPE_SEQUENCE, '').replaceAll('\r\n', '\n').split('\n');
  return lines.map(lastWritten).join('\n').replaceAll(CONTROL, picture);
}

// Control and string sequences (ECMA-48). Not node:util's stripVTControlCharacters: a long run of them hangs that for minutes.
const ESC = '\u001b';
const ESCAPE_SEQUENCE = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\)|[ -/]*[0-Z\\\\^-~])`,
  'g',
);
const NOT_TEXT = /[\p{Cc}--[\t\n\v\f\r\b]]/gv;
const CONTROL = /[\p{Cc}--[\t\n]]/gv;

/** A carriage return starts the line anew, as progress bars do. */
function lastWritten(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
}

/** U+2400 and on: `␀` for NUL. */
function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '␡';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
}
