// How code looks here, as far as a machine can tell. Rules that need types run on the compiler itself (tsgolint).
import { defineConfig } from 'oxlint';
import { walls } from './oxlint.walls.ts';

const TESTS = ['**/*.{test,testsuite}.ts', '**/testing/**', 'tests/**'];

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'node', 'promise', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  env: { builtin: true, node: true },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  rules: {
    // Size. A file or function over its budget does two things.
    'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', { max: 3 }],
    'max-depth': ['error', { max: 4 }],
    complexity: ['error', { max: 12 }],

    // Names and modules.
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'import/no-mutable-exports': 'error',
    'import/no-duplicates': 'error',
    'import/no-namespace': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'typescript/consistent-type-imports': 'error',
    'import/no-unassigned-import': 'off',

    // The edges: one door in, one door out.
    'node/no-process-env': 'error',
    'no-console': 'error',

    // Types are true.
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/no-unsafe-type-assertion': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/strict-boolean-expressions': ['error', { allowNullableBoolean: true }],
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/prefer-nullish-coalescing': 'error',
    'typescript/no-deprecated': 'error',
    eqeqeq: 'error',

    // Promises are waited for, errors are errors.
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/return-await': ['error', 'in-try-catch'],
    'unicorn/error-message': 'error',
    'unicorn/throw-new-error': 'error',

    // Plain to read.
    curly: ['error', 'multi-line'],
    'no-else-return': 'error',
    'no-lonely-if': 'error',
    'no-nested-ternary': 'error',
    'no-param-reassign': 'error',
    'no-useless-return': 'error',
    'no-var': 'error',
    'object-shorthand': 'error',
    'prefer-const': 'error',
    'prefer-template': 'error',
    'unicorn/no-abusive-eslint-disable': 'error',

    // `consistent-return` and `always-return` ask for what the compiler already knows.
    'typescript/consistent-return': 'off',
    'promise/always-return': 'off',
    'import/no-named-as-default-member': 'off',
    // What a loop waits for is often changed by somebody else.
    'no-unmodified-loop-condition': 'off',
    // A helper may stand inside the only function that it is about.
    'unicorn/consistent-function-scoping': 'off',
    // One Redis command after another is often the point.
    'no-await-in-loop': 'off',
    // It takes Slack's `chat.postMessage` for a window's.
    'unicorn/require-post-message-target-origin': 'off',
  },
  overrides: [
    ...walls,
    { files: ['*.config.ts'], rules: { 'import/no-default-export': 'off' } },
    { files: ['packages/*/src/main.ts'], rules: { 'node/no-process-env': 'off' } },
    { files: ['scripts/**', 'benchmarks/**', 'packages/dev/src/**'], rules: { 'no-console': 'off' } },
    // The stand-in takes whatever a client sends: its shapes are checked against Slack's own, not by the compiler.
    { files: ['packages/dev/src/**'], rules: { 'typescript/no-unsafe-type-assertion': 'off' } },
    { files: ['scripts/**', 'benchmarks/**'], rules: { 'node/no-process-env': 'off' } },
    {
      // Plain JavaScript: the rules that ask for types would ask in vain.
      files: ['**/*.mjs', '**/*.js'],
      rules: {
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-assignment': 'off',
        'typescript/no-unsafe-call': 'off',
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-return': 'off',
        'typescript/no-unsafe-type-assertion': 'off',
        'typescript/no-unnecessary-type-assertion': 'off',
        'typescript/no-base-to-string': 'off',
        'typescript/strict-boolean-expressions': 'off',
      },
    },
    // The chat page: what the browser runs as it is.
    { files: ['packages/dev/src/chat/page/**'], env: { browser: true } },
    {
      // Time is an argument there, or the policy cannot be tested.
      files: ['packages/*/src/**/decide-*.ts'],
      rules: {
        'no-restricted-globals': [
          'error',
          ...['Date', 'performance', 'process', 'setTimeout', 'setInterval', 'fetch'].map((name) => ({
            name,
            message: 'decide-*.ts is pure policy: take the time and every fact as an argument.',
          })),
        ],
      },
    },
    {
      files: TESTS,
      rules: {
        'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
        'max-lines-per-function': 'off',
        'node/no-process-env': 'off',
        'typescript/no-unsafe-type-assertion': 'off',
        // `expect.any()` is of type any.
        'typescript/no-unsafe-assignment': 'off',
        'vitest/no-focused-tests': 'error',
        'vitest/no-identical-title': 'error',
        'vitest/valid-expect': ['error', { maxArgs: 2 }],
        // Contract suites and scenarios assert in functions of their own.
        'vitest/expect-expect': 'off',
        'vitest/valid-title': 'off',
        'vitest/no-standalone-expect': 'off',
        'vitest/no-conditional-expect': 'off',
      },
    },
  ],
});
