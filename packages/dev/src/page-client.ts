// A person without a browser: speaks to the chat page of a running fleet by its printed link.
import type { ChatState } from './chat/chat-state.ts';

export type PageClient = {
  state(): Promise<ChatState>;
  /** Resolves with the message's ts. */
  post(message: { user: string; channel: string; text: string; threadTs?: string }): Promise<string>;
};

export async function openPage(link: string): Promise<PageClient> {
  const { origin } = new URL(link);
  const welcome = await fetch(link, { redirect: 'manual' });
  const cookie = welcome.headers.get('set-cookie')?.split(';')[0];
  if (cookie === undefined) {
    throw new Error(`The page at ${origin} does not let us in: ${(await welcome.text()).trim()}`);
  }
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(new URL(path, origin), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { cookie, origin, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  return {
    state: async () => (await ask('/chat/state')) as ChatState,
    async post(message) {
      return ((await ask('/chat/post', message)) as { ts: string }).ts;
    },
  };
}
