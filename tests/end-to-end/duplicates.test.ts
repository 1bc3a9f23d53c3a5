import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 2, ingresses: 2 });
});
afterAll(async () => story[Symbol.asyncDispose]());

test('a message delivered six times, as `app_mention` and as `message`, over two ingresses: one turn', async () => {
  const ada = story.person(0);
  const { workspace, standIn } = story.fleet;
  // Once more what Slack tells of the same message, twice.
  workspace.once('push', (push) => [1, 2].forEach(() => workspace.emit('push', push)));
  const place = ada.say('<@U0RUNNEL> echo ran >> count; cat count', { channel: 'C0GENERAL' });
  await story.answered(place);
  const deliveries = ['app_mention', 'message'].flatMap((type) => standIn.record.deliveries(type).slice(0, 3));
  await expect.poll(() => deliveries.filter((delivery) => delivery.ackedAt !== undefined).length).toBe(6);
  expect(new Set(deliveries.map((delivery) => delivery.socket)).size, 'both ingresses had a part').toBe(2);
  ada.say('cat count', { in: place });
  expect((await story.answered(place, 2))[1]).toMatch(/^```\nran\n```/);
});

test('a message whose acknowledgement never reached Slack is delivered again and runs once', async () => {
  const ada = story.person(1);
  const place = ada.say('echo ran >> count; cat count');
  // Sockets are cut before the acknowledgement, so Slack delivers to the next one.
  story.fleet.standIn.sockets.cut();
  await story.answered(place);
  ada.say('cat count', { in: place });
  expect((await story.answered(place, 2))[1]).toMatch(/^```\nran\n```/);
});
