// What a tool's input will do, whatever stands around it: a model that asks for the same again puts it in other words.

/** What is said about a command of a shell, not part of it. Of any other tool this may be what it is about. */
const ABOUT_COMMANDS = new Set(['description', 'timeout']);

/** The same for the same input in another order. `isShell`: of the tool that runs commands. */
export function inputDoes(input: unknown, { isShell }: { readonly isShell: boolean }): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.entries(input)
    .filter(([name]) => !(isShell && ABOUT_COMMANDS.has(name)))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}
