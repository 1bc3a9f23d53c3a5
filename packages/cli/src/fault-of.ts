// What went wrong in a step: the code of its error, and what that says.
import type { StepRecord } from '@runnel/shared';

export function faultOf({ outcome = '', why = '' }: StepRecord): string {
  return [outcome, why].filter((part) => part !== '').join(': ');
}
