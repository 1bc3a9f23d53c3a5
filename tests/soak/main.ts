// `npm run soak -- --users 200 --messages 1000000 --faults all --seed 7`: the shipped stages under faults, for as long as anybody likes.
import { parseArgs } from 'node:util';
import { readFaults, runSoak } from './run-soak.ts';
import type { SoakRecord } from './soak-record.ts';

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '50' },
    messages: { type: 'string', default: '20000' },
    faults: { type: 'string', default: 'all' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const options = {
  users: readCount('users', values.users),
  messages: readCount('messages', values.messages),
  seed: readCount('seed', values.seed),
  faults: readFaults(values.faults),
};

let shownAt = 0;
const stopping = new AbortController();
const stop = (): void => {
  // Whoever asks twice does not wait for the table; what was started hears of the exit.
  if (stopping.signal.aborted) process.exit(130);
  stopping.abort();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
const record = await runSoak({ options, signal: stopping.signal, onProgress: showProgress });
const width = Math.max(...record.rows().map(([name]) => name.length));
process.stderr.write(process.stderr.isTTY ? '\r\u001b[K' : '');
for (const [name, value] of record.rows()) process.stdout.write(`${name.padEnd(width)}  ${value}\n`);
const breaches = record.breaches();
process.stdout.write(breaches.length === 0 ? '\nNothing broke.\n' : `\nBroken:\n${breaches.join('\n')}\n`);
process.exit(breaches.length === 0 ? 0 : 1);

/** One line, in place; where nobody looks, one every ten seconds. */
function showProgress({ ledger, seconds }: SoakRecord): void {
  const { isTTY } = process.stderr;
  if (performance.now() - shownAt < (isTTY ? 500 : 10_000)) return;
  shownAt = performance.now();
  const { sent, answered } = ledger.counts;
  const line = `${Math.round(seconds)} s: ${sent} of ${options.messages} sent, ${answered} answered, ${ledger.size} under way, ${Math.round(sent / seconds)}/s`;
  process.stderr.write(isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  process.stderr.write(`--${name} must be a whole number above 0, not ${text}.\n`);
  return process.exit(64);
}
