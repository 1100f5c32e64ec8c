/** Type-aware lint of everything that people write. Layers are dependency-cruiser's matter. */
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

/** Rooms without clock, chance, promise, disk or network: `p2p/` but its drivers. */
const PURE_ROOMS = ['p2p/**/*.ts'];
const DRIVERS = ['p2p/libp2p/**', 'p2p/node/driver.ts', 'p2p/ports.ts'];

export default tseslint.config(
  { ignores: ['node_modules/**', 'dist/**', 'build/**', '**/*.d.ts'] },
  tseslint.configs.base,
  ...svelte.configs['flat/base'],
  {
    files: ['**/*.ts', '**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'], tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'max-depth': ['error', 4],
      complexity: ['error', 20],
    },
  },
  {
    files: PURE_ROOMS,
    ignores: DRIVERS,
    rules: {
      'no-restricted-globals': ['error', 'Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Promise', 'Buffer', 'process', 'console', 'fetch', 'crypto'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Chance is a port: Random.' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'AwaitExpression', message: 'The core is step(event) → effects; only the driver awaits.' },
        { selector: ':function[async=true]', message: 'The core is step(event) → effects; only the driver awaits.' },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/no-dom-manipulating': 'error',
      'svelte/no-target-blank': 'error',
      'svelte/no-useless-mustaches': 'error',
      'svelte/require-each-key': 'error',
      'svelte/valid-compile': ['error', { ignoreWarnings: false }],
      // A component's script is one function to the parser.
      'max-lines-per-function': 'off',
      'prefer-const': 'off',
      // `$props()` and `$bindable()` assign what only the markup reads.
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `test()` gives a promise that the runner awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite', 'before', 'after'] }] },
      ],
      'max-lines-per-function': 'off',
      complexity: 'off',
    },
  },
);
