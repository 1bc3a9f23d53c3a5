// All of a tool's input, for a person who is asked about it.

const DETAIL_LENGTH = 2_000;

export function inputDetail(input: unknown): string {
  const entries = typeof input === 'object' && input !== null ? Object.entries(input) : [];
  const lines = entries.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return cutDetail(lines.join('\n'));
}

export function cutDetail(detail: string): string {
  return detail.length > DETAIL_LENGTH ? `${detail.slice(0, DETAIL_LENGTH - 1)}…` : detail;
}
