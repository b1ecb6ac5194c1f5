import { readFileSync } from 'node:fs'
import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Names that say too little without their neighbours; CONTRIBUTING.md has a glossary. */
const denylist = JSON.parse(
  readFileSync(new URL('test/house/denylist.json', import.meta.url), 'utf8')
)
/** Refuses these names where they are declared. Keys of objects may be anything: they travel. */
const deniedNames = {
  create: (context) => ({
    'Program:exit'(program) {
      for (const scope of scopesOf(context.sourceCode.getScope(program))) {
        for (const { name, defs } of scope.variables) {
          const declared = defs.find(({ type }) => type !== 'ImportBinding')
          if (declared && (denylist.includes(name) || /^MOST_|^spend[A-Z]/.test(name))) {
            context.report({ node: declared.name, message: `Name what it is, not "${name}".` })
          }
        }
      }
    }
  })
}
const scopesOf = (scope) => [scope, ...scope.childScopes.flatMap(scopesOf)]
/** What tap's t.test() returns: tap itself waits for it. */
const subtest = { from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }

export default tseslint.config(
  { ignores: ['dist*/', 'node_modules/', 'data/', '.tap/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: nodeGlobals() },
    plugins: { house: { rules: { 'denied-names': deniedNames } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'house/denied-names': 'error',
      curly: ['error', 'multi-line'],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-empty': ['error', { allowEmptyCatch: true }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'no-throw-literal': 'error',
      'no-self-compare': 'error',
      'no-unneeded-ternary': 'error',
      'no-useless-return': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      'prefer-promise-reject-errors': 'error',
      // Control characters are what some expressions look for.
      'no-control-regex': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          ignoreRestSiblings: true,
          caughtErrors: 'none'
        }
      ],
      '@typescript-eslint/no-empty-object-type': 'off'
    }
  },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname }
    },
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
  {
    files: ['views/*.js'],
    languageOptions: { globals: browserGlobals() }
  },
  // Migrations are frozen.
  {
    files: ['migrations/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'house/denied-names': 'off' }
  }
)

/** What the scripts of the pages use. */
function browserGlobals() {
  const names = 'document window location navigator DOMParser SimpleWebAuthnBrowser'
  return Object.fromEntries(names.split(' ').map((name) => [name, 'readonly']))
}

function nodeGlobals() {
  const names =
    'process console Buffer URL URLSearchParams fetch performance structuredClone ' +
    'setTimeout clearTimeout setInterval clearInterval setImmediate ' +
    'AbortController AbortSignal TextDecoder TextEncoder'
  return Object.fromEntries(names.split(' ').map((name) => [name, 'readonly']))
}
