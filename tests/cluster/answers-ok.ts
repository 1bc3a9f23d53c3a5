// Whether an HTTPS server answers 200, as one that is still starting does not.
import { readFileSync } from 'node:fs';
import { get } from 'node:https';

/** `certificate` is the path of the only one that is believed; it need not be there yet. */
export function answersOk(url: string, certificate: string, token?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const ca = readIfThere(certificate);
    if (ca === undefined) return resolve(false);
    const request = get(url, { ca, headers, agent: false, timeout: 5_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
