// Slack's client as far as the reply sink uses it, with the record of the main process behind it.
import { WebAPIRateLimitedError, type WebClient } from '@slack/web-api';
import { monotonicMs } from './monotonic-clock.ts';
import type { Peer } from './peer.ts';
import type { MainVerbs } from './soak-verbs.ts';

type Button = { readonly action_id?: string; readonly value?: string };
type PostArguments = {
  readonly channel: string;
  readonly thread_ts: string;
  readonly text: string;
  readonly blocks?: readonly { readonly type: string; readonly elements?: readonly Button[] }[];
  readonly metadata: {
    readonly event_payload: { readonly delivery_id: string; readonly kind: string; readonly part: number };
  };
};
type RepliesArguments = { readonly channel: string; readonly ts: string; readonly oldest: string };

/** `by`: the owner of the lease, or a launcher. */
export function slackOverChannel(main: Peer<MainVerbs>, by: string): Pick<WebClient, 'chat' | 'conversations'> {
  const client = {
    chat: {
      async postMessage({ channel, thread_ts: threadTs, text, blocks, metadata }: PostArguments) {
        const { delivery_id: deliveryId, kind, part } = metadata.event_payload;
        const button = blocks?.flatMap(({ elements = [] }) => elements).find((one) => one.action_id === 'run_now');
        const buttons = button?.value === undefined ? {} : { holdsFor: button.value };
        const said = { channel, threadTs, text, deliveryId, kind, part, by, sentAt: monotonicMs(), ...buttons };
        const answer = await main.ask('post', said);
        if (answer.kind === 'limited') throw new WebAPIRateLimitedError(answer.seconds);
        if (answer.kind === 'unheard') throw new Error('socket hang up');
        return { ok: true, ts: answer.ts };
      },
      update: async () => ({ ok: true }),
      delete: async () => ({ ok: true }),
      postEphemeral: async () => ({ ok: true }),
    },
    conversations: {
      async replies({ channel, ts, oldest }: RepliesArguments) {
        const messages = await main.ask('messages', { channel, threadTs: ts, oldest });
        return {
          ok: true,
          messages: messages.map(({ ts: at, deliveryId, part }) => ({
            ts: at,
            metadata: { event_type: 'runnel_reply', event_payload: { delivery_id: deliveryId, part } },
          })),
        };
      },
    },
  };
  return client as unknown as Pick<WebClient, 'chat' | 'conversations'>;
}
