// What the page asks of the server. A refusal is an Error whose message is a sentence for the person.

/** @param {'post' | 'edit' | 'delete' | 'press' | 'stop' | 'kill'} what @param {object} input */
export function ask(what, input) {
  return call(what, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(input) });
}

/** @returns {Promise<import('../runner-panel.ts').RunnerRow[]>} */
export function listRunners() {
  return call('runners', {});
}

/** What stands in the way of a connection: nothing, another run's link, or nobody at home. */
export async function probe() {
  const response = await fetch('/chat/state').catch(() => undefined);
  if (response === undefined) return 'lost';
  return response.status === 403 ? 'refused' : 'ok';
}

/** @param {string} what @param {RequestInit} init */
async function call(what, init) {
  const response = await fetch(`/chat/${what}`, init).catch(() => {
    throw new Error('Runnel is not running: start it again with npm start.');
  });
  const body = await response.text();
  if (response.ok) return JSON.parse(body);
  throw new Error(refusal(body));
}

/** @param {string} body JSON with a sentence, or the sentence itself */
function refusal(body) {
  try {
    return JSON.parse(body).error;
  } catch {
    return body.trim();
  }
}
