// Type-aware lint: promises are never dropped, unions are handled whole, nothing escapes the type system,
// and the rooms that must stay deterministic never reach for the real clock, timers, randomness or network.
import path from 'node:path';
import tseslint from 'typescript-eslint';

const root = path.join(import.meta.dirname, '..');
const useThePorts =
  'This room gets time, timers, randomness, links and commits from server/ports (08 section 2).';

const deterministic = {
  'no-restricted-globals': [
    'error',
    ...[
      'setTimeout',
      'setInterval',
      'setImmediate',
      'clearTimeout',
      'clearInterval',
      'queueMicrotask',
      'crypto',
      'performance',
      'WebSocket',
      'fetch',
    ].map((name) => ({ name, message: useThePorts })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: useThePorts },
    { object: 'Math', property: 'random', message: useThePorts },
    { object: 'process', property: 'hrtime', message: useThePorts },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: useThePorts },
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: [
        'node:timers',
        'node:timers/promises',
        'node:net',
        'node:dgram',
        'node:dns',
        'node:os',
        'ws',
        'bonjour-service',
      ].map((name) => ({ name, message: useThePorts })),
    },
  ],
};

export default tseslint.config(
  { ignores: ['**/node_modules/**', '.build/**', 'data/**', '**/*.mjs', '**/*.cjs'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './web/tsconfig.json'], tsconfigRootDir: root },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
              package: 'node:test',
            },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    files: ['server/wire/**', 'server/mesh/**', 'server/sync/**', 'server/workspace/**', 'server/store/**'],
    rules: deterministic,
  },
  { files: ['test/**'], rules: { 'no-console': 'off' } },
  { files: ['run.ts'], rules: { 'no-console': 'off' } },
);
