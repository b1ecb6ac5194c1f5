import neostandard, { plugins } from 'neostandard'

/** Names that the code no longer has: each stood for a standard term of the field. */
const retiredNames = ['holders', 'isTelling', 'lookAhead', 'lookAndUse', 'FEW', 'CHOSEN']
const retiredPatterns = [
  { pattern: '/^MOST(_|$)/', message: 'A limit is named MAX_ and what it limits.' },
  { pattern: '/^spend[A-Z]/', message: 'What can be used once is redeemed or consumed.' }
]

/** What tap's t.test() returns: tap itself waits for it. */
const subtest = { from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }

export default [
  ...neostandard({ ts: true, noStyle: true, ignores: ['dist*/', 'node_modules/', 'data/'] }),
  // Rows and wire are snake_case with the field's own words; a promise left to itself is marked
  // void; control characters are what is looked for. Prettier does the formatting.
  {
    rules: {
      camelcase: 'off',
      'no-void': 'off',
      'no-control-regex': 'off',
      curly: ['error', 'multi-line'],
      'id-denylist': ['error', ...retiredNames],
      'no-restricted-syntax': [
        'error',
        ...retiredPatterns.map(({ pattern, message }) => ({
          selector: `Identifier[name=${pattern}]`,
          message
        }))
      ]
    }
  },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname }
    },
    plugins: { '@typescript-eslint': plugins['typescript-eslint'].plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafePromises: [subtest] }
      ],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      'max-lines-per-function': ['error', { max: 50 }]
    }
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 80 }] }
  },
  // Migrations are frozen.
  { files: ['migrations/*.ts'], rules: { 'max-lines-per-function': 'off' } }
]
