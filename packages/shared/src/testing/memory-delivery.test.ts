import { describeDelivery, deliveryTestSettings } from './delivery.testsuite.ts';
import { MemoryDelivery } from './memory-delivery.ts';

describeDelivery('in memory', async () => {
  let now = 1_000_000;
  return { delivery: new MemoryDelivery(deliveryTestSettings, () => now), pass: async (ms) => void (now += ms) };
});
