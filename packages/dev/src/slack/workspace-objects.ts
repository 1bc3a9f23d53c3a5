// The words of a Slack workspace as the stand-in keeps it: who is there, what was said, what an app showed beside it.

export type WorkspaceUser = { id: string; name: string; realName: string; isBot: boolean };

export type WorkspaceChannel = { id: string; name: string; kind: 'im' | 'channel'; members: string[] };

export type WorkspaceFile = { id: string; name: string; mimetype: string; size: number };

export type MessageMetadata = { event_type: string; event_payload: Record<string, unknown> };

/** `text` is as Slack keeps it: `&amp; &lt; &gt;`, `<@U…>`, `<https://…>`. `ts` is seconds with six decimals, unique and ascending. */
export type WorkspaceMessage = {
  channel: string;
  ts: string;
  threadTs?: string;
  user: string;
  text: string;
  blocks?: unknown[];
  metadata?: MessageMetadata;
  edited?: { ts: string };
  deleted?: boolean;
  ephemeralTo?: string;
  reactions: { name: string; users: string[] }[];
  files?: WorkspaceFile[];
};

/** `assistant.threads.setStatus`: an empty status clears, a bot's message in the thread clears, two minutes clear. */
export type ThreadStatus = { channel: string; threadTs: string; status: string; loading?: string[] };

export type AgentSession = {
  channel: string;
  threadTs: string;
  status: 'active' | 'processing' | 'suspended' | 'closed';
  title?: string;
};

export type SuggestedPrompts = {
  channel: string;
  threadTs?: string;
  title?: string;
  prompts: { title: string; message: string }[];
};

/** Something that differs from Slack's own description: `at` is in milliseconds since 1970, `subject` a method or an event. */
export type Violation = {
  at: number;
  kind: 'arguments' | 'answer' | 'event';
  subject: string;
  faults: string[];
  value: unknown;
};

export type WorkspaceChange =
  | { type: 'message'; message: WorkspaceMessage }
  | { type: 'status'; status: ThreadStatus }
  | { type: 'session'; session: AgentSession }
  | { type: 'suggested-prompts'; suggested: SuggestedPrompts }
  | { type: 'violation'; violation: Violation };

/** What a person or the app did that Slack tells the app about: the server gives it Slack's shape. `at` is the event's own timestamp. */
export type WorkspacePush = { at: string } & (
  | { type: 'posted'; message: WorkspaceMessage }
  | { type: 'edited'; message: WorkspaceMessage; previous: WorkspaceMessage }
  | { type: 'deleted'; message: WorkspaceMessage }
  | { type: 'pressed'; user: string; message: WorkspaceMessage; action: PressedAction }
  | { type: 'stopped'; user: string; channel: string; threadTs: string }
  | { type: 'commanded'; user: string; channel: string; command: string; text: string }
);

export type PressedAction = { actionId: string; blockId: string; value?: string; element: Record<string, unknown> };

export type StoredFile = WorkspaceFile & { user: string; createdAt: number; content: Uint8Array };

export type WorkspaceSnapshot = {
  version: 1;
  team: { id: string; domain: string; name: string };
  users: WorkspaceUser[];
  channels: WorkspaceChannel[];
  messages: WorkspaceMessage[];
  sessions: AgentSession[];
  suggested: SuggestedPrompts[];
  files: (WorkspaceFile & { user: string; createdAt: number; base64: string })[];
};
