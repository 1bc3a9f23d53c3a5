// What the page knows: the workspace as the server told it, and what this person looks at. One change, one drawing.

/**
 * @typedef {import('../../slack/workspace-objects.ts').WorkspaceMessage} Message
 * @typedef {import('../../slack/workspace-objects.ts').WorkspaceUser} User
 * @typedef {import('../../slack/workspace-objects.ts').WorkspaceChannel} Channel
 * @typedef {import('../../slack/workspace-objects.ts').ThreadStatus} Status
 * @typedef {import('../../slack/workspace-objects.ts').AgentSession} Session
 * @typedef {import('../../slack/workspace-objects.ts').WorkspaceChange} Change
 * @typedef {import('../runner-panel.ts').RunnerRow} RunnerRow
 * @typedef {import('../chat-state.ts').ChatState} ChatState
 */

export class Store {
  team = '';
  dashboardUrl = '';
  /** @type {User[]} */
  users = [];
  /** @type {Channel[]} */
  channels = [];
  /** @type {Map<string, Map<string, Message>>} by channel, then by ts */
  messages = new Map();
  /** @type {Map<string, Status>} by channel and thread */
  statuses = new Map();
  /** @type {Map<string, Session>} by channel and thread */
  sessions = new Map();
  /** @type {Map<string, { title: string, message: string }[]>} by channel */
  suggested = new Map();
  /** @type {{ rows: RunnerRow[], fault?: string }} */
  runners = { rows: [] };
  /** @type {'connecting' | 'live' | 'lost' | 'refused'} */
  connection = 'connecting';

  // --- what this person looks at
  me = '';
  channel = '';
  /** @type {string | undefined} */
  thread;
  /** @type {{ ts: string, text: string, where: 'messages' | 'replies' } | undefined} */
  editing;
  sidebarOpen = false;
  /** How many of a conversation's latest messages are drawn. */
  shown = 200;
  /** @type {Map<string, number>} by person and channel: messages of others that came while it was not on show */
  unread = new Map();

  #draw = () => {};
  #planned = false;

  /** @param {() => void} draw */
  onChange(draw) {
    this.#draw = draw;
  }

  /** @param {Partial<Pick<Store, 'runners' | 'connection' | 'me' | 'channel' | 'thread' | 'editing' | 'sidebarOpen' | 'shown'>>} changes */
  set(changes) {
    Object.assign(this, changes);
    this.changed();
  }

  changed() {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#draw();
    });
  }

  /** @param {ChatState} state */
  refresh(state) {
    const { team, dashboardUrl, users, channels } = state;
    Object.assign(this, { team, dashboardUrl, users, channels });
    this.messages = new Map(channels.map((channel) => [channel.id, new Map()]));
    for (const message of state.messages) this.messages.get(message.channel)?.set(message.ts, message);
    this.statuses = new Map(state.statuses.map((status) => [threadKey(status.channel, status.threadTs), status]));
    this.sessions = new Map(state.sessions.map((session) => [threadKey(session.channel, session.threadTs), session]));
    this.suggested = new Map();
    for (const suggested of state.suggested) this.#suggest(suggested);
    this.connection = 'live';
    this.changed();
  }

  /** @param {Change} change */
  apply(change) {
    if (change.type === 'message') this.#message(change.message);
    if (change.type === 'status') {
      const key = threadKey(change.status.channel, change.status.threadTs);
      if (change.status.status === '') this.statuses.delete(key);
      else this.statuses.set(key, change.status);
    }
    if (change.type === 'session') {
      this.sessions.set(threadKey(change.session.channel, change.session.threadTs), change.session);
    }
    if (change.type === 'suggested-prompts') this.#suggest(change.suggested);
    this.changed();
  }

  /** @param {Message} message */
  #message(message) {
    const channel = this.messages.get(message.channel) ?? new Map();
    this.messages.set(message.channel, channel);
    const isNew = !channel.has(message.ts);
    channel.set(message.ts, message);
    if (isNew) this.#countUnread(message);
  }

  /** @param {Message} message */
  #countUnread(message) {
    const members = this.channels.find((channel) => channel.id === message.channel)?.members ?? [];
    for (const user of members) {
      if (message.user === user || (message.ephemeralTo && message.ephemeralTo !== user)) continue;
      const isOnShow = user === this.me && message.channel === this.channel && document.visibilityState === 'visible';
      const key = unreadKey(user, message.channel);
      if (!isOnShow) this.unread.set(key, (this.unread.get(key) ?? 0) + 1);
    }
  }

  /** @param {{ channel: string, threadTs?: string, prompts: { title: string, message: string }[] }} suggested */
  #suggest({ channel, threadTs, prompts }) {
    if (threadTs === undefined) this.suggested.set(channel, prompts);
  }
}

/** @param {string} channel @param {string} threadTs */
export function threadKey(channel, threadTs) {
  return `${channel} ${threadTs}`;
}

/** @param {string} user @param {string} channel */
export function unreadKey(user, channel) {
  return `${user} ${channel}`;
}
