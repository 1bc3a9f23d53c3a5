// What is said of attached files, to the agent and to the person.
import { inCode, titleOf } from '@runnel/shared';
import { MOST_FILES, MOST_MEGABYTES, type MissingReason, type TakenFile } from '../attached/file-source.ts';

const MOST_NAMED = 5;

const WHY: Readonly<Record<MissingReason, string>> = {
  too_many: `only the first ${MOST_FILES} of a message are read`,
  too_large: `more than ${MOST_MEGABYTES} MB`,
  unknown: 'Slack did not say where to find it: send it again',
  gone: 'not in Slack any more',
  refused: 'Slack does not let me read it',
  login_page: 'Slack asked me to log in instead: my app lacks the scope `files:read`',
  elsewhere: 'it does not lie in Slack: paste it, or say where to fetch it',
  broken_off: 'Slack did not give all of it: send it again',
  too_slow: 'it did not come in time: send it again',
  not_saved: 'it could not be saved here',
};

/** What a message without words asks for. */
export const LOOK = 'Look at the attached files.';

/** What an agent is given: what the person wrote, and where the files are. */
export function withAttachments(text: string, files: readonly TakenFile[]): string {
  const said = [sayTaken(files), sayMissing(files)].filter((line) => line !== undefined);
  return said.length === 0 ? text : `${text}\n\n(${said.join(' ')})`;
}

/** Undefined where nothing is there. Paths are of our making: whoever copies one into a shell gets that file. */
export function sayTaken(files: readonly TakenFile[]): string | undefined {
  const paths = files.flatMap((file) => ('path' in file ? [`\`${file.path}\``] : []));
  return paths.length === 0 ? undefined : `Attached: ${paths.join(', ')}.`;
}

/** Undefined where nothing is missing. */
export function sayMissing(files: readonly TakenFile[]): string | undefined {
  const missing = files.flatMap((file) => ('missing' in file ? [file] : []));
  const byReason = Map.groupBy(missing, (file) => file.missing);
  const said = [...byReason].map(([why, some]) => `${sayNames(some.map(({ name }) => name))} (${WHY[why]})`);
  return said.length === 0 ? undefined : `Attached, but not read: ${said.join('; ')}.`;
}

/** For an agent: its question was answered with files beside the words, or instead of them. */
export function withUnread(text: string, fileNames: readonly string[]): string {
  const note = `(Attached to this answer, and not read: ${sayNames(fileNames)}. Files are read with a message of their own.)`;
  return fileNames.length === 0 ? text : `${text}\n\n${note}`;
}

/** The first line of a message, or what came without one. */
export function titleOfMessage(text: string, fileNames: readonly string[]): string {
  return titleOf(text.trim() === '' ? fileNames.join(', ') : text);
}

function sayNames(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED).map((name) => inCode(titleOf(name) || 'file'));
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${named.join(', ')}${more}`;
}
