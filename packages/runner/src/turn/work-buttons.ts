// The buttons below an answer whose work was pushed.
import type { ReplyButton } from '@runnel/shared';

/** What may be done with a turn's pushed work. `range` are its commits, as `before..after`. */
export function workButtons(range: string | undefined): readonly ReplyButton[] | undefined {
  if (range === undefined) return undefined;
  return [
    { action: 'open_pull_request', value: range },
    { action: 'show_diff', value: range },
  ];
}
