// Files that take minutes go first: one that is begun last is waited for alone. All others go as they would, the largest first.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = [
  'agents/opencode',
  'agents/opencode-faults',
  'chaos/exit-race',
  'chaos/runner-held',
  'kubernetes/outage',
  'model/zombies',
  'agents/claude-faults',
  'agents/opencode-asks',
  'large/large-repository',
  'end-to-end/npm-start',
  'agents/acp-bridge',
  'chaos/launcher',
  'chaos/ingress',
  'model/held',
  'model/other-worlds',
  'model/faults',
  'kubernetes/killed-launchers',
  'kubernetes/outage-reaps-nobody',
  'chaos/hundred-launches',
];

const place = ({ moduleId }: TestSpecification): number => {
  const index = LONG.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`));
  return index === -1 ? LONG.length : index;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    const usual = await super.sort(files);
    return usual.toSorted((one, other) => place(one) - place(other));
  }
}
