// The door `@runnel/shared/slack`: how Runnel speaks with Slack.
export { callPatiently } from './call-patiently.ts';
export { decodeSlackText } from './decode-slack-text.ts';
export { codeFence } from './markdown-segment.ts';
export { STOP_ACTION_ID } from './shape-message.ts';
export { shapeWhisper } from './shape-whisper.ts';
export { slackBotIdentity } from './slack-bot-identity.ts';
export { slackClient, type SlackClientOptions } from './slack-client.ts';
export { slackError } from './slack-error.ts';
export { slackReplySink } from './slack-reply-sink.ts';
export { slackThreadStatus, type StatusFailure } from './slack-thread-status.ts';
