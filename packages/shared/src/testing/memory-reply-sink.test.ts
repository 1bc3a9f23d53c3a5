import { memoryReplySink } from './memory-reply-sink.ts';
import { describeReplySink } from './reply-sink.testsuite.ts';

describeReplySink('memory', async () => {
  const sink = memoryReplySink();
  return {
    sink,
    thread: { channel: 'C0TEAM', threadTs: '1700000000.000000' },
    person: 'U0ADA',
    said: () =>
      sink.posts().map(({ ts, reply }) => ({
        ts,
        text: reply.text,
        deliveryId: reply.deliveryId,
        kind: reply.kind,
        hasStop: reply.stoppable === true,
        buttons: (reply.buttons ?? []).map(({ action, value }) => `${action} ${value}`),
      })),
    whispered: () => sink.whispers().map(({ text }) => text),
    begun: () => sink.begun().map(({ thread, text }) => ({ thread, text })),
    failNext: (fault) => sink.failNext(fault),
    async [Symbol.asyncDispose]() {},
  };
});
