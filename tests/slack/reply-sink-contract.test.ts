import { slackReplySink } from '@runnel/shared/slack';
import { describeReplySink } from '@runnel/shared/testing';
import { openSlackStage } from '../support/slack-stage.ts';

describeReplySink('Slack', async () => {
  const stage = await openSlackStage();
  return {
    sink: slackReplySink(stage.client),
    thread: stage.thread,
    person: stage.person,
    said: () =>
      stage.said().map(({ ts, text, metadata, blocks }) => ({
        ts,
        text,
        deliveryId: metadata?.event_payload['delivery_id'],
        kind: metadata?.event_payload['kind'],
        hasStop: JSON.stringify(blocks).includes('"action_id":"stop"'),
        buttons: buttonsIn(blocks),
      })),
    whispered: () => stage.whispered().map(({ text }) => text),
    begun: () =>
      stage.slack.workspace
        .messages('D0ADA')
        .map(({ channel, ts, text }) => ({ thread: { channel, threadTs: ts }, text })),
    failNext(fault) {
      if (fault.kind === 'rate-limited') {
        stage.slack.faults.next('chat.postMessage', { kind: 'ratelimited', retryAfter: fault.retryAfterMs / 1_000 });
      } else {
        stage.slack.faults.next('chat.postMessage', {
          kind: fault.kind === 'not-sent' ? 'refused-before' : fault.kind,
        });
      }
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
});

type Button = { readonly action_id: string; readonly value: string };
type Block = {
  readonly type: string;
  readonly block_id?: string;
  readonly element?: Button;
  readonly elements?: Button[];
};

/** A line to write in brings along the name of its block. */
function buttonsIn(blocks: unknown): string[] {
  return (blocks as Block[]).flatMap(({ type, block_id: name, element, elements = [] }) => {
    if (type === 'input') return [`${element?.action_id} ${name}`];
    const buttons = type === 'actions' ? elements : [];
    return buttons.flatMap(({ action_id, value }) => (action_id === 'stop' ? [] : [`${action_id} ${value}`]));
  });
}
