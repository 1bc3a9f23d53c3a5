import { memoryThreadStatus } from './memory-thread-status.ts';
import { describeThreadStatus } from './thread-status.testsuite.ts';

describeThreadStatus('in memory', async () => {
  const status = memoryThreadStatus();
  const thread = { channel: 'C0', threadTs: '1.0' };
  const seen = () => {
    const { working, line } = status.of(thread);
    return { working, line, isMarked: status.marked('queued').includes(thread.threadTs) };
  };
  return { status, thread, person: 'U0ADA', seen, [Symbol.asyncDispose]: async () => undefined };
});
