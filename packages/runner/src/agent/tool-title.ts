// One line that says what an agent does with a tool: `Bash: npm test`, from the first short text of its input.

const TITLE_LENGTH = 120;

export function toolTitle(tool: string, input: unknown): string {
  const values = typeof input === 'object' && input !== null ? Object.values(input) : [];
  const [first = ''] = values.filter((value) => typeof value === 'string');
  const line = first.split('\n', 1)[0] ?? '';
  const title = line === '' ? tool : `${tool}: ${line}`;
  return title.length > TITLE_LENGTH ? `${title.slice(0, TITLE_LENGTH - 1)}…` : title;
}
