// A person presses a button in a thread: the newest one that stands there for that.
import type { Person, Place, Story } from './story.ts';

export function pressButton(story: Story, person: Person, { in: place, action }: { in: Place; action: string }): void {
  const found = story
    .messages(place)
    .findLast((message) => JSON.stringify(message.blocks ?? []).includes(`"${action}"`));
  if (found === undefined) throw new Error(`There is no ${action} to press.`);
  const { channel, ts } = found;
  story.fleet.workspace.pressButton(person.id, { channel, ts, actionId: action });
}
