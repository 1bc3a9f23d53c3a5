// Where the copied descriptions are silent or differ from Slack: every exception with its source. Nothing else is excused.

/** What the descriptions only name (`"schema": "channel"`). Ids as docs.slack.dev writes them; objects by their required keys. */
export const NAMED_SHAPES: Record<string, object> = {
  channel: { type: 'string', pattern: '^[CDG][A-Z0-9]{2,}$' },
  user_id: { type: 'string', pattern: '^[UW][A-Z0-9]{2,}$' },
  team_id: { type: 'string', pattern: '^T[A-Z0-9]{2,}$' },
  app_id: { type: 'string', pattern: '^A[A-Z0-9]{2,}$' },
  bot_id: { type: 'string', pattern: '^B[A-Z0-9]{2,}$' },
  file_id: { type: 'string', pattern: '^F[A-Z0-9]{2,}$' },
  enterprise_id: { type: 'string', pattern: '^E[A-Z0-9]{2,}$' },
  ts: { type: 'string', pattern: String.raw`^\d{10}\.\d{6}$` },
  message: {
    type: 'object',
    required: ['type', 'text'],
    properties: { type: { const: 'message' }, text: { type: 'string' } },
  },
  blocks: { type: 'array', items: { type: 'object', required: ['type'] } },
  conversation: { type: 'object', required: ['id', 'created'] },
  user: { type: 'object', required: ['id', 'team_id', 'name'] },
  team: { type: 'object', required: ['id', 'name', 'domain'] },
  'team-summary': { type: 'object', required: ['id', 'name'] },
  home: { type: 'object' },
  view: { type: 'object' },
  // docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts: at most four, a title and a message each.
  prompts: {
    type: 'array',
    minItems: 1,
    maxItems: 4,
    items: {
      type: 'object',
      required: ['title', 'message'],
      additionalProperties: false,
      properties: { title: { type: 'string' }, message: { type: 'string' } },
    },
  },
};

/** Limits that the descriptions tell in prose only. Source: the `desc` of the argument in the same file. */
export const PROSE_LIMITS: Record<string, Record<string, object>> = {
  'chat.postMessage': { markdown_text: { maxLength: 12_000 } },
  'agents.sessions.setStatus': { title: { maxLength: 200 } },
  'agents.sessions.rename': { title: { minLength: 1, maxLength: 200 } },
};

/** Errors that any method may answer. Source: the common errors of docs.slack.dev/reference/methods/auth.test and its like. */
export const COMMON_ERRORS = [
  'fatal_error',
  'internal_error',
  'invalid_arguments',
  'invalid_auth',
  'missing_scope',
  'not_allowed_token_type',
  'not_authed',
  'ratelimited',
  'request_timeout',
  'service_unavailable',
  'token_revoked',
  'unknown_method',
];

/** Errors seen on Slack that a description lacks. */
export const SEEN_ERRORS: Record<string, string[]> = {
  // The root was deleted before the reply came: github.com/slackapi/bolt-js/issues/2307.
  'chat.postMessage': ['thread_not_found'],
  'chat.postEphemeral': ['thread_not_found'],
  // Blocks too long are refused on every way in: github.com/slackapi/bolt-js/issues/2509.
  'chat.update': ['msg_blocks_too_long'],
};

/** Keys beside the described ones. Source: docs.slack.dev/apis/web-api/using-the-web-api ("Evaluating responses"). */
export const COMMON_ANSWER_KEYS = ['ok', 'error', 'warning', 'response_metadata', 'needed', 'provided', 'detail'];
