// What people of a workspace write, and what the bot said to them: how every story is told, wherever the fleet runs.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workspace, WorkspaceMessage } from '@runnel/dev';

export type Place = { readonly channel: string; readonly threadTs: string };

export type Person = {
  readonly id: string;
  readonly userKey: `${string}:${string}`;
  readonly dm: string;
  /** Writes and returns the thread: a new one without `in`. */
  say(
    text: string,
    where?: { in?: Place; channel?: string; files?: { name: string; mimetype?: string; content: string }[] },
  ): Place & { readonly ts: string };
};

export type Threads = {
  /** All that the bot has said in a thread, cards and ephemeral notes left out. */
  said(place: Place): string[];
  /** Final answers only, as the text they show. */
  answers(place: Place): string[];
  /** When each of them was posted, in milliseconds since 1970. */
  answerTimes(place: Place): number[];
  /** Waits for that many final answers and returns them. */
  answered(place: Place, count?: number, withinMs?: number): Promise<string[]>;
  /** Waits until a line of the bot in the thread matches. */
  told(place: Place, pattern: RegExp, withinMs?: number): Promise<string>;
  messages(place: Place): WorkspaceMessage[];
};

/** `explain` says what the processes did meanwhile: a time-out without it is a riddle. */
export function readThreads(workspace: Workspace, explain: () => Promise<string>): Threads {
  const messages = (place: Place): WorkspaceMessage[] =>
    workspace
      .messages(place.channel)
      .filter((message) => message.threadTs === place.threadTs && message.deleted !== true);
  const byBot = (place: Place): WorkspaceMessage[] =>
    messages(place).filter((message) => message.user === workspace.bot.userId);
  const kindOf = (message: WorkspaceMessage): unknown => message.metadata?.event_payload['kind'];
  const said = (place: Place): string[] =>
    byBot(place)
      .filter((message) => kindOf(message) !== 'card' && message.ephemeralTo === undefined)
      .map((message) => message.text);
  const finals = (place: Place): WorkspaceMessage[] => byBot(place).filter((message) => kindOf(message) === 'final');
  const answers = (place: Place): string[] => finals(place).map((message) => message.text);
  const explainMissing = async (place: Place, wanted: string): Promise<string> =>
    `no ${wanted} in ${JSON.stringify(place)}\nsaid: ${JSON.stringify(said(place))}\n${await explain()}`;
  return {
    said,
    answers,
    answerTimes: (place) => finals(place).map((message) => Number(message.ts) * 1_000),
    messages,
    async answered(place, count = 1, withinMs = 60_000) {
      await until(
        () => answers(place).length >= count,
        withinMs,
        () => explainMissing(place, `${count} answers`),
      );
      return answers(place);
    },
    async told(place, pattern, withinMs = 60_000) {
      const find = (): string | undefined => said(place).find((text) => pattern.test(text));
      await until(
        () => find() !== undefined,
        withinMs,
        () => explainMissing(place, String(pattern)),
      );
      return find() ?? '';
    },
  };
}

export function meetPerson(workspace: Workspace, id: string): Person {
  const dm = workspace.channels().find((channel) => channel.kind === 'im' && channel.members.includes(id));
  if (dm === undefined) throw new Error(`${id} has no direct messages`);
  return {
    id,
    userKey: `${workspace.team.id}:${id}`,
    dm: dm.id,
    say(text, where = {}) {
      const channel = where.in?.channel ?? where.channel ?? dm.id;
      const message = workspace.postAs(id, {
        channel,
        text,
        ...(where.files === undefined ? {} : { files: where.files }),
        ...(where.in === undefined ? {} : { threadTs: where.in.threadTs }),
      });
      return { channel, threadTs: where.in?.threadTs ?? message.ts, ts: message.ts };
    },
  };
}

async function until(isSo: () => boolean, withinMs: number, explain: () => Promise<string>): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${await explain()}`);
    await sleep(20);
  }
}
