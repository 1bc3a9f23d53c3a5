// Finds what a person presses, or writes into, among the blocks of a message.
import type { PressedAction } from './workspace-objects.ts';

type Element = Record<string, unknown>;
type BlockLike = {
  type?: string;
  block_id?: string;
  elements?: Element[];
  accessory?: Element;
  /** Of an `input`. */
  element?: Element;
  dispatch_action?: boolean;
};
/** `text` is what is written into a field; without it a button is pressed. */
type Press = { actionId: string; value?: string; blockId?: string; text?: string };

export function findBlockAction(blocks: unknown[], press: Press): PressedAction | undefined {
  for (const block of blocks as BlockLike[]) {
    const element = press.text === undefined ? findButton(block, press) : findField(block, press);
    if (element === undefined || (press.blockId !== undefined && block.block_id !== press.blockId)) continue;
    const value = element['value'];
    return {
      actionId: press.actionId,
      blockId: block.block_id ?? '',
      element,
      ...(typeof value === 'string' ? { value } : {}),
    };
  }
  return undefined;
}

function findButton({ elements = [], accessory }: BlockLike, { actionId, value }: Press): Element | undefined {
  return [...elements, ...(accessory === undefined ? [] : [accessory])].find(
    (candidate) => candidate['action_id'] === actionId && (value === undefined || candidate['value'] === value),
  );
}

/** Slack tells the app when Enter is pressed, where it was asked to. Its action holds what was written, and nothing else of the field. */
function findField({ type, element, dispatch_action: isTold }: BlockLike, press: Press): Element | undefined {
  const { type: kind, action_id: actionId } = element ?? {};
  const isField = type === 'input' && kind === 'plain_text_input' && actionId === press.actionId;
  return isField && isTold === true ? { type: kind, action_id: actionId, value: press.text } : undefined;
}
