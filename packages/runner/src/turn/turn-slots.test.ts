import { expect, test } from 'vitest';
import { turnSlots } from './turn-slots.ts';

const never = new AbortController().signal;
const turn = async (): Promise<void> => void (await new Promise((resolve) => setImmediate(resolve)));

test('as many as allowed at once, then in the order of asking', async () => {
  const slots = turnSlots(2);
  const first = await slots.take(false, never);
  await slots.take(false, never);
  const order: string[] = [];
  void slots.take(false, never).then(() => order.push('third'));
  void slots.take(false, never).then(() => order.push('fourth'));
  await turn();
  expect(order).toEqual([]);
  first[Symbol.dispose]();
  await turn();
  expect(order).toEqual(['third']);
});

test('whoever has to be alone waits for all others, and nobody overtakes it', async () => {
  const slots = turnSlots(4);
  const running = await slots.take(false, never);
  const order: string[] = [];
  const alone = slots.take(true, never).then((slot) => (order.push('alone'), slot));
  void slots.take(false, never).then(() => order.push('later'));
  expect(slots.isFree(false)).toBe(false);
  await turn();
  expect(order).toEqual([]);
  running[Symbol.dispose]();
  const slot = await alone;
  await turn();
  expect(order).toEqual(['alone']);
  slot[Symbol.dispose]();
  await turn();
  expect(order).toEqual(['alone', 'later']);
});

test('whoever gives up waiting keeps nobody from their slot', async () => {
  const slots = turnSlots(1);
  const running = await slots.take(false, never);
  const patience = new AbortController();
  const impatient = slots.take(true, patience.signal);
  const patient = slots.take(false, never);
  patience.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  running[Symbol.dispose]();
  await expect(patient).resolves.toBeDefined();
});
