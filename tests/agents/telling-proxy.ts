// A proxy on loopback through which nothing comes: it says who was to be reached. As in a house where all that goes out goes through one.
import { createServer, type AddressInfo } from 'node:net';
import { collect, type AgentProvider, type TurnRequest } from '@runnel/runner/testing';
import { expect, onTestFinished } from 'vitest';

export type TellingProxy = {
  /** The first lines of all that was asked of it. */
  readonly reached: readonly string[];
  /** What leads a program to it, as a shell writes it. */
  readonly variables: string;
};

export async function startTellingProxy(): Promise<TellingProxy> {
  const reached: string[] = [];
  const proxy = createServer((connection) => {
    connection.once('data', (asked) => {
      reached.push(asked.toString().split('\r\n')[0] ?? '');
      connection.destroy();
    });
    connection.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { reached, variables: `HTTP_PROXY=${url} HTTPS_PROXY=${url} ALL_PROXY=${url} NO_PROXY=127.0.0.1` };
}

/** The address of a model that is not on this machine. */
export const ELSEWHERE = 'http://model.invalid';

/** That it would be seen: what is asked of a model elsewhere comes through the proxy. */
export async function expectThroughProxy(
  { reached }: TellingProxy,
  provider: AgentProvider,
  request: TurnRequest,
): Promise<void> {
  const cancel = new AbortController();
  const turn = collect(provider, { ...request, text: 'is it looked at?' }, cancel.signal);
  await expect.poll(() => reached.join()).toContain(new URL(ELSEWHERE).host);
  cancel.abort();
  await turn;
}
