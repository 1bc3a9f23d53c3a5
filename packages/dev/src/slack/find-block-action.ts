// Finds the button that a person presses among the blocks of a message.
import type { PressedAction } from './workspace-objects.ts';

type BlockLike = { block_id?: string; elements?: Record<string, unknown>[]; accessory?: Record<string, unknown> };

export function findBlockAction(
  blocks: unknown[],
  press: { actionId: string; value?: string; blockId?: string },
): PressedAction | undefined {
  for (const block of blocks as BlockLike[]) {
    const elements = [...(block.elements ?? []), ...(block.accessory === undefined ? [] : [block.accessory])];
    const element = elements.find(
      (candidate) =>
        candidate['action_id'] === press.actionId && (press.value === undefined || candidate['value'] === press.value),
    );
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
