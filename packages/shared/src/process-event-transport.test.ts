import { processEventTransport } from './process-event-transport.ts';
import { describeEventTransport } from './testing/event-transport.testsuite.ts';

describeEventTransport('in process', async () => processEventTransport());
