// The line to the server: everything once, then each change; when it breaks, it says so and comes back by itself.
import { listRunners, probe } from './api.js';
import { toast } from './toast.js';

/** @typedef {import('./store.js').Store} Store */

const RETRY_MS = 1000;
const RUNNERS_EACH_MS = 1000;

/** @param {Store} store */
export function connect(store) {
  const source = new EventSource('/chat/events');
  source.addEventListener('state', (event) => store.refresh(JSON.parse(event.data)));
  source.addEventListener('change', (event) => {
    const change = JSON.parse(event.data);
    if (change.type === 'violation') toast(violation(change.violation), 'fault');
    else store.apply(change);
  });
  source.addEventListener('error', () => {
    // The browser's own way to reconnect is slow, and gives up for good on a refusal.
    source.close();
    void reconnect(store);
  });
}

/** @param {Store} store */
async function reconnect(store) {
  const found = await probe();
  if (found !== 'ok') store.set({ connection: found });
  setTimeout(() => connect(store), found === 'ok' ? 0 : RETRY_MS);
}

/** Asks for the runners each second, as long as somebody looks. @param {Store} store */
export async function watchRunners(store) {
  if (document.visibilityState === 'visible' && ['live', 'connecting'].includes(store.connection)) {
    const found = await listRunners().then(
      (rows) => ({ rows }),
      (error) => ({ rows: store.runners.rows, fault: String(error.message) }),
    );
    if (JSON.stringify(found) !== JSON.stringify(store.runners)) store.set({ runners: found });
  }
  setTimeout(() => void watchRunners(store), RUNNERS_EACH_MS);
}

/** @param {import('../../slack/workspace-objects.ts').Violation} violation */
function violation({ subject, faults }) {
  return `Slack would not take this: ${subject}: ${faults.join('; ')}`;
}
