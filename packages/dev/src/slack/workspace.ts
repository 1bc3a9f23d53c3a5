// A Slack workspace in memory: what people do in it, what the app does in it, and what there is to see.
// `change` tells a page what to draw; `push` tells the server what Slack would tell the app.
import { EventEmitter } from 'node:events';
import { encodeSlackText } from './encode-slack-text.ts';
import { findBlockAction } from './find-block-action.ts';
import { MessageLog } from './message-log.ts';
import { ThreadStatuses } from './thread-statuses.ts';
import { WorkspaceFiles } from './workspace-files.ts';
import type { TypedFile } from './workspace-files.ts';
import type {
  AgentSession,
  MessageMetadata,
  StoredFile,
  SuggestedPrompts,
  ThreadStatus,
  Violation,
  WorkspaceChange,
  WorkspaceChannel,
  WorkspaceFile,
  WorkspaceMessage,
  WorkspacePush,
  WorkspaceSnapshot,
  WorkspaceUser,
} from './workspace-objects.ts';

export type { TypedFile } from './workspace-files.ts';
export type * from './workspace-objects.ts';

export type WorkspaceOptions = {
  /** The people; each gets a DM with the app and is in every channel. */
  people?: { id: string; name: string; realName: string }[];
  team?: { id: string; domain: string; name: string };
  /** Slack's own durations are multiplied by it: 1 as on Slack, 0.1 ten times as fast. */
  timeScale?: number;
};

export type TypedMessage = { channel: string; text: string; threadTs?: string; files?: TypedFile[] };
type MessageTarget = { channel: string; ts: string };
type NewAppMessage = Pick<WorkspaceMessage, 'channel' | 'text'> &
  Partial<Pick<WorkspaceMessage, 'threadTs' | 'blocks' | 'metadata' | 'ephemeralTo' | 'files'>>;

const BOT: WorkspaceUser = { id: 'U0RUNNEL', name: 'runnel', realName: 'Runnel', isBot: true };
const PEOPLE = [
  { id: 'U0ADA', name: 'ada', realName: 'Ada Byron' },
  { id: 'U0BEN', name: 'ben', realName: 'Ben Okafor' },
];

export class Workspace extends EventEmitter<{ change: [WorkspaceChange]; push: [WorkspacePush] }> {
  readonly team: { id: string; domain: string; name: string };
  readonly bot = { userId: BOT.id, botId: 'B0RUNNEL', appId: 'A0RUNNEL', name: BOT.name };
  readonly timeScale: number;
  readonly #users: WorkspaceUser[];
  readonly #channels: WorkspaceChannel[];
  readonly #log = new MessageLog();
  readonly #statuses: ThreadStatuses;
  readonly #sessions = new Map<string, AgentSession>();
  readonly #suggested = new Map<string, SuggestedPrompts>();
  readonly #files = new WorkspaceFiles();

  constructor({
    people = PEOPLE,
    team = { id: 'T0LOCAL', domain: 'local', name: 'Local' },
    timeScale = 1,
  }: WorkspaceOptions = {}) {
    super();
    this.team = team;
    this.timeScale = timeScale;
    this.#statuses = new ThreadStatuses({
      timeScale,
      onChange: (status) => this.emit('change', { type: 'status', status }),
    });
    this.#users = [...people.map((person) => ({ ...person, isBot: false })), BOT];
    const everybody = this.#users.map((user) => user.id);
    this.#channels = [
      ...people.map((person) => directMessages(person)),
      { id: 'C0GENERAL', name: 'general', kind: 'channel', members: everybody },
      { id: 'C0TEAM', name: 'team', kind: 'channel', members: everybody },
    ];
  }

  users(): WorkspaceUser[] {
    return [...this.#users];
  }

  channels(): WorkspaceChannel[] {
    return [...this.#channels];
  }

  messages(channel: string): WorkspaceMessage[] {
    return this.#log.list(channel);
  }

  replies(channel: string, threadTs: string): WorkspaceMessage[] {
    return this.#log.replies(channel, threadTs);
  }

  message(target: MessageTarget): WorkspaceMessage | undefined {
    return this.#log.find(target.channel, target.ts);
  }

  statuses(): ThreadStatus[] {
    return this.#statuses.list();
  }

  sessions(): AgentSession[] {
    return [...this.#sessions.values()];
  }

  suggestedPrompts(): SuggestedPrompts[] {
    return [...this.#suggested.values()];
  }

  file(id: string): StoredFile | undefined {
    return this.#files.find(id);
  }

  // --- what people do

  postAs(user: string, typed: TypedMessage): WorkspaceMessage {
    this.#member(user, typed.channel);
    const root = typed.threadTs === undefined ? undefined : this.#log.find(typed.channel, typed.threadTs);
    if (typed.threadTs !== undefined && (root === undefined || root.threadTs !== undefined)) {
      throw new Error(`${typed.threadTs} is no root of a thread in ${typed.channel}`);
    }
    const files = typed.files?.map((file) => this.storeFile(user, file));
    const message: WorkspaceMessage = {
      channel: typed.channel,
      ts: this.#log.nextTs(),
      user,
      text: this.#encode(typed.text),
      reactions: [],
      ...(typed.threadTs === undefined ? {} : { threadTs: typed.threadTs }),
      ...(files === undefined || files.length === 0 ? {} : { files }),
    };
    return this.#posted(message);
  }

  editAs(user: string, target: MessageTarget, text: string): void {
    const previous = this.#own(user, target);
    this.#edited({ ...previous, text: this.#encode(text), edited: { ts: this.#log.nextTs() } }, previous);
  }

  deleteAs(user: string, target: MessageTarget): void {
    this.#deleted(this.#own(user, target));
  }

  /** With `text`, what is written into a field, with Enter behind it. */
  pressButton(user: string, press: MessageTarget & Parameters<typeof findBlockAction>[1]): void {
    const message = this.#log.find(press.channel, press.ts);
    this.#member(user, press.channel);
    const found = message === undefined ? undefined : findBlockAction(message.blocks ?? [], press);
    if (message === undefined || found === undefined) {
      throw new Error(`no ${press.actionId} in ${press.channel} ${press.ts}`);
    }
    this.emit('push', { type: 'pressed', user, message, action: found, at: this.#log.nextTs() });
  }

  pressStop(user: string, thread: { channel: string; threadTs: string }): void {
    this.#member(user, thread.channel);
    this.emit('push', { type: 'stopped', user, ...thread, at: this.#log.nextTs() });
  }

  /** A slash command: it is no message, and only what the app answers is seen, by that person alone. */
  commandAs(user: string, given: { channel: string; command: string; text: string }): void {
    this.#member(user, given.channel);
    this.emit('push', { type: 'commanded', user, ...given, at: this.#log.nextTs() });
  }

  // --- what the app does; the Web API has checked its arguments before

  post(draft: NewAppMessage): WorkspaceMessage {
    const message: WorkspaceMessage = { ...draft, ts: this.#log.nextTs(), user: this.bot.userId, reactions: [] };
    if (message.threadTs !== undefined && message.ephemeralTo === undefined) {
      this.#statuses.clear({ channel: message.channel, threadTs: message.threadTs });
    }
    return this.#posted(message);
  }

  update(
    target: WorkspaceMessage,
    to: { text: string; blocks?: unknown[]; metadata?: MessageMetadata },
  ): WorkspaceMessage {
    const { blocks: _, ...kept } = target;
    // Slack marks a message as edited by its text, not by its blocks.
    const message = { ...kept, ...to, ...(to.blocks === undefined ? { edited: { ts: this.#log.nextTs() } } : {}) };
    this.#edited(message, target);
    return message;
  }

  remove(target: WorkspaceMessage): void {
    this.#deleted(target);
  }

  /** The reactions of a message as the app left them: they are no event it subscribes to. */
  react(target: WorkspaceMessage, reactions: WorkspaceMessage['reactions']): void {
    this.#change({ ...target, reactions });
  }

  setStatus(status: ThreadStatus): void {
    this.#statuses.set(status);
  }

  setSession(session: AgentSession): void {
    this.#sessions.set(`${session.channel} ${session.threadTs}`, session);
    this.emit('change', { type: 'session', session });
  }

  suggest(suggested: SuggestedPrompts): void {
    this.#suggested.set(`${suggested.channel} ${suggested.threadTs ?? ''}`, suggested);
    this.emit('change', { type: 'suggested-prompts', suggested });
  }

  nextFileId(): string {
    return this.#files.nextId();
  }

  storeFile(user: string, file: TypedFile & { id?: string }): WorkspaceFile {
    return this.#files.store(user, file);
  }

  violate(violation: Violation): void {
    this.emit('change', { type: 'violation', violation });
  }

  // --- what outlives the process

  save(): WorkspaceSnapshot {
    return {
      version: 1,
      team: this.team,
      users: this.#users,
      channels: this.#channels,
      messages: this.#log.all(),
      sessions: this.sessions(),
      suggested: this.suggestedPrompts(),
      files: this.#files.save(),
    };
  }

  static restore(snapshot: WorkspaceSnapshot, { timeScale = 1 }: Pick<WorkspaceOptions, 'timeScale'> = {}): Workspace {
    const people = snapshot.users.filter((user) => !user.isBot);
    const workspace = new Workspace({ people, team: snapshot.team, timeScale });
    for (const message of snapshot.messages) workspace.#log.put(message);
    for (const session of snapshot.sessions) workspace.#sessions.set(`${session.channel} ${session.threadTs}`, session);
    for (const suggested of snapshot.suggested) {
      workspace.#suggested.set(`${suggested.channel} ${suggested.threadTs ?? ''}`, suggested);
    }
    workspace.#files.restore(snapshot.files);
    return workspace;
  }

  #encode(typed: string): string {
    return encodeSlackText(typed, { users: this.#users, channels: this.#channels });
  }

  #member(user: string, channelId: string): void {
    const channel = this.#channels.find((candidate) => candidate.id === channelId);
    if (channel === undefined || !channel.members.includes(user)) throw new Error(`${user} is not in ${channelId}`);
  }

  #own(user: string, target: MessageTarget): WorkspaceMessage {
    const message = this.#log.find(target.channel, target.ts);
    if (message === undefined || message.deleted || message.user !== user) {
      throw new Error(`${target.ts} is no message of ${user} in ${target.channel}`);
    }
    return message;
  }

  #posted(message: WorkspaceMessage): WorkspaceMessage {
    this.#change(message);
    if (message.ephemeralTo === undefined) this.emit('push', { type: 'posted', message, at: message.ts });
    return message;
  }

  #edited(message: WorkspaceMessage, previous: WorkspaceMessage): void {
    this.#change(message);
    this.emit('push', { type: 'edited', message, previous, at: this.#log.nextTs() });
  }

  #deleted(message: WorkspaceMessage): void {
    this.#change({ ...message, deleted: true });
    this.emit('push', { type: 'deleted', message, at: this.#log.nextTs() });
  }

  #change(message: WorkspaceMessage): void {
    this.#log.put(message);
    this.emit('change', { type: 'message', message });
  }
}

function directMessages(person: { id: string; name: string }): WorkspaceChannel {
  return { id: `D${person.id.slice(1)}`, name: person.name, kind: 'im', members: [person.id, BOT.id] };
}
