// What holds in every state, between every two of them, and at every good end.
import { isLive, type Keys } from './keys.ts';
import { messageOf, type Name } from './messages.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** What is broken, in words; undefined when all is as it should be. */
export function checkState({ store, runners, manifest }: State): string | undefined {
  const { keys, truth } = store;
  const owners = runners.filter(({ claim }) => claim === 'owned');
  if (owners.length > 1) return 'two runners own the manifest';
  if (keys.inbox.length > 0 && !keys.dirty) return 'a backlog that the sweeper does not look for';
  const lost = lostPrompt(manifest);
  if (lost !== undefined) return `${lost} was held behind a stop and is lost`;
  const undone = keys.inbox.find(({ name }) => truth.acknowledged.includes(name));
  if (undone !== undefined) return `${undone.name} is acknowledged and waits`;
  const counted = keys.tries.filter(({ n }) => n !== 0).map(({ id, n }) => `${id}:${n}`);
  const real = truth.tries.map(({ id, n }) => `${id}:${n}`);
  if (counted.join(' ') !== real.join(' ')) return `tries are ${counted.join(' ')}, in truth ${real.join(' ')}`;
  const orphan = keys.tries.find(({ id }) => !keys.inbox.some((entry) => entry.id === id));
  return orphan === undefined ? undefined : 'tries of an entry that is not there';
}

/** What a stop took is held, or was run, or was discarded. */
function lostPrompt({ covered, held }: State['manifest']): Name | undefined {
  const isThere = (name: string): boolean => covered.some((one) => one.name === name);
  const isSettled = (name: Name): boolean => isThere(`${name}~run`) || isThere('discard') || isThere('delete');
  const taken = covered.filter(({ name, delivery }) => {
    return messageOf(name).kind === 'prompt' && delivery !== name && delivery !== '';
  });
  return taken.find(({ name }) => !isSettled(name) && held?.names.includes(name) !== true)?.name;
}

export function checkStep(before: State, after: State, label: string): string | undefined {
  if (after.slack.told > 1) return 'the person is told the same cause twice';
  const [was, is] = [before.store.keys, after.store.keys];
  const isForgotten = was.cause !== '' && is.cause === '' && is.inbox.length > 0 && before.slack.told === 0;
  return isForgotten && label !== 'FAILOVER' ? 'a cause is forgotten, and nobody was told' : undefined;
}

/** Everything was sent and is answered once or set aside, and nobody is there any more. */
export function isGoodEnd(state: State, world: World): boolean {
  const { keys } = state.store;
  const sends = [world.sends, world.sendsBeside ?? []];
  const isSent = state.ingresses.every(({ next }, index) => next >= (sends[index]?.length ?? 0));
  if (!isSent || state.job || state.ends.length > 0 || !isQuiet(keys, world)) return false;
  const isSaid = state.manifest.covered.every(
    ({ delivery }) => delivery === '' || state.slack.posted.includes(delivery),
  );
  return isSaid && state.slack.arrived.every((name) => isAnswered(name, state));
}

function isQuiet(keys: Keys, world: World): boolean {
  const isForgotten = keys.dirty && world.without?.includes('sweeper') !== true;
  if (keys.inbox.length > 0 || keys.tries.length > 0 || keys.cause !== '' || isForgotten) return false;
  // A lease whose holder vanished stays behind, run out: nobody has it.
  return !isLive(keys) && keys.state !== 'launching';
}

function isAnswered(name: Name, { slack, manifest, store }: State): boolean {
  const covered = manifest.covered.find((one) => one.name === name);
  if (covered === undefined) return slack.refused.includes(name);
  if (covered.dead && !store.keys.dead.includes(name)) return false;
  if (covered.delivery !== '') return slack.posted.includes(covered.delivery);
  const { kind } = messageOf(name);
  // Once it is settled nothing waits for it any more.
  if (kind === 'run') return manifest.held?.by !== 'stop';
  // Silence is the answer to an edit, to a delete, and to what was deleted.
  return kind === 'edit' || kind === 'delete' || manifest.covered.some((one) => one.name === 'delete');
}
