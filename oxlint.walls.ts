// The walls between the rooms: who may import what, with a message that says why and what to do instead.
// `tests/architecture.test.ts` breaks each of them on purpose.

interface Wall {
  /** Matched against the specifier as it is written in the import. */
  readonly regex: string;
  readonly message: string;
  readonly allowTypeImports?: boolean;
}

interface WalledFiles {
  readonly files: string[];
  readonly rules: { 'no-restricted-imports': ['error', { patterns: Wall[] }] };
}

/** An adapter's file is named after what stands behind it: `redis-inbox.ts`, `process-pod-backend.ts`. */
const AGENTS = ['acp', 'claude', 'codex', 'opencode', 'shell', 'scripted', 'terminal'];
const VENDORS = ['redis', 'bullmq', 'slack', 'kubernetes', 'github', 'process', 'folder', 'memory', ...AGENTS];
const VENDOR = `(${VENDORS.join('|')})`;

const throughTheDoor: Wall = {
  regex: '^(\\.\\./.*|@runnel/[^/]+/)src/',
  message:
    'A package is entered by its doors, the `exports` of its package.json. Export what you need there, or move it to where it is used.',
};

const mainIsALeaf: Wall = {
  regex: '(^|/)main\\.ts$',
  message:
    'main.ts wires one process and is imported by nobody. Move what you need into a file of its own; to run the process, spawn it.',
};

const sharedImportsNoneOfOurs: Wall = {
  regex: '^@runnel/',
  message:
    'shared imports none of ours: it is the floor that every process stands on. What needs another package belongs to that package.',
};

const sharedCoreKnowsNoVendor: Wall = {
  regex: '(^|/)redis/',
  message:
    'Vocabulary and ports know no vendor: the adapters in redis/ import them, never the reverse. Put the type beside the port.',
};

const appsMeetInShared: Wall = {
  regex: '^@runnel/(ingress|launcher|runner|cli|dev|tests|benchmarks)(/|$)',
  message:
    'ingress, launcher, runner and cli import only @runnel/shared, never each other, dev, tests or benchmarks. They meet in Redis: say it with an entry, a job or an event; what two of them use lives in shared.',
};

const nobodyImportsDevelopment: Wall = {
  regex: '^@runnel/(cli|tests|benchmarks)(/|$)',
  message: 'cli, tests and benchmarks look at the product from outside; nobody imports them.',
};

const testingStaysInTests: Wall = {
  regex: '^@runnel/shared/testing$',
  message: 'Test support does not run in a process. Only tests and benchmarks import @runnel/shared/testing.',
};

const stagesKnowPorts: Wall = {
  regex: `(^\\.{1,2}/(.*/)?${VENDOR}-[^/]+\\.ts$)|(^@runnel/shared/(redis(-renewal)?|bullmq)$)`,
  message:
    'A stage knows ports, never adapters. Take the port as an argument and let main.ts choose who stands behind it.',
};

const policiesArePure: Wall = {
  // Every bare specifier but `@runnel/shared` itself.
  regex: '^([a-z]|@[^r]|@runnel/shared/)',
  allowTypeImports: true,
  message:
    'decide-*.ts is pure policy: facts and the time come in as arguments, a decision goes out. Import vocabulary and types only; let the stage that calls it do the work.',
};

const everywhere = [throughTheDoor, mainIsALeaf];
const app = [...everywhere, appsMeetInShared];
const process = [...app, testingStaysInTests];
const stage = [...process, stagesKnowPorts];
const APPS = 'packages/{ingress,launcher,runner,cli}/src';

/** For `overrides`. The last one that fits a file wins whole, so each list is complete and the order goes from wide to narrow. */
export const walls: WalledFiles[] = [
  walled(['**'], everywhere),
  walled(['packages/dev/src/**'], [...everywhere, nobodyImportsDevelopment, testingStaysInTests]),
  walled(['packages/dev/src/**/*.{test,testsuite}.ts'], [...everywhere, nobodyImportsDevelopment]),
  walled(['packages/shared/src/**'], [...everywhere, sharedImportsNoneOfOurs]),
  walled(['packages/shared/src/*.ts'], [...everywhere, sharedImportsNoneOfOurs, sharedCoreKnowsNoVendor]),
  walled([`${APPS}/**`], stage),
  walled([`${APPS}/**/decide-*.ts`], [...stage, policiesArePure]),
  // Doors for who wires the stages anew are as free as `main.ts`.
  walled([`${APPS}/{main,serving}.ts`, `${APPS}/**/{${VENDORS.join(',')}}-*.ts`], process),
  walled([`${APPS}/**/*.{test,testsuite}.ts`, `${APPS}/**/testing/**`], app),
];

function walled(files: string[], patterns: Wall[]): WalledFiles {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}
