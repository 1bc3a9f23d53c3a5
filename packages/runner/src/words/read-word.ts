// Which word for Runnel itself a message is, where that is the whole of it, with or without a `!`. These have their turn among the
// messages of their thread; those that need no runner ingress answers.

export type ChoosingWord = {
  readonly name: 'agent' | 'model' | 'repo' | 'branch';
  /** What is wanted; without it, what there is. */
  readonly value: string | undefined;
};
export type Word = ChoosingWord | { readonly name: 'new' | 'sessions' | 'forget me' };

/** `text` as Slack sent it, or decoded. Undefined for anything else, which is for the agent. */
export function readWord(text: string): Word | undefined {
  const said = text.trim().replace(/^!/, '');
  const word = (['new', 'sessions', 'forget me'] as const).find(
    (one) => one === said.toLowerCase().replace(/\s+/g, ' '),
  );
  if (word !== undefined) return { name: word };
  const [, first = '', value] = /^([a-z]+)(?:\s+(\S+))?$/i.exec(said) ?? [];
  const name = (['agent', 'model', 'repo', 'branch'] as const).find((one) => one === first.toLowerCase());
  // Agents have names of ours, in small letters.
  return name && { name, value: name === 'agent' ? value?.toLowerCase() : value };
}
