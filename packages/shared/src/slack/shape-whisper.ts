// What one person alone is to read: text for where blocks are not shown, and a block of markdown. It pings nobody.
import { defuseMarkdown, defuseText } from './defuse-text.ts';
import { visibleText } from './visible-text.ts';

export type ShapedWhisper = { readonly text: string; readonly blocks: [{ type: 'markdown'; text: string }] };

/** `said` is markdown of ours. People in it, as `<@U…>`, show by their names. */
export function shapeWhisper(said: string): ShapedWhisper {
  const text = visibleText(said);
  return { text: nameUsers(defuseText(text)), blocks: [{ type: 'markdown', text: nameUsers(defuseMarkdown(text)) }] };
}

/** Undoes the defusing of single people, where it pings nobody. */
export function nameUsers(defused: string): string {
  return defused.replace(/&lt;@([UW][A-Z0-9]+)(?:&gt;|>)/g, '<@$1>');
}
