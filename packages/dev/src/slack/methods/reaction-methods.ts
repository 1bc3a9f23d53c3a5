// reactions.*: the app's marks on messages.
import type { ReactionsAddResponse, ReactionsRemoveResponse } from '@slack/web-api';
import type { WorkspaceMessage } from '../workspace-objects.ts';
import { findChannel, findMessage, SlackRefusal } from './method-call.ts';
import type { MethodCall, MethodHandlers } from './method-call.ts';

export const reactionMethods: MethodHandlers = { 'reactions.add': addReaction, 'reactions.remove': removeReaction };

function addReaction(call: MethodCall) {
  const { message, name, bot } = readReaction(call);
  const before = message.reactions.find((reaction) => reaction.name === name);
  if (before?.users.includes(bot)) throw new SlackRefusal('already_reacted');
  const others = message.reactions.filter((reaction) => reaction !== before);
  call.shaping.workspace.react(message, [...others, { name, users: [...(before?.users ?? []), bot] }]);
  return { ok: true } satisfies ReactionsAddResponse;
}

function removeReaction(call: MethodCall) {
  const { message, name, bot } = readReaction(call);
  if (!message.reactions.some((reaction) => reaction.name === name && reaction.users.includes(bot))) {
    throw new SlackRefusal('no_reaction');
  }
  const without = message.reactions.map((reaction) =>
    reaction.name === name ? { ...reaction, users: reaction.users.filter((user) => user !== bot) } : reaction,
  );
  call.shaping.workspace.react(
    message,
    without.filter((reaction) => reaction.users.length > 0),
  );
  return { ok: true } satisfies ReactionsRemoveResponse;
}

function readReaction(call: MethodCall): { message: WorkspaceMessage; name: string; bot: string } {
  const name = call.args.text('name');
  if (!/^[\w+'-]+$/.test(name)) throw new SlackRefusal('invalid_name');
  const message = findMessage(call, { channel: findChannel(call).id, ts: call.args.text('timestamp') });
  if (message === undefined) throw new SlackRefusal('message_not_found');
  return { message, name, bot: call.shaping.workspace.bot.userId };
}
