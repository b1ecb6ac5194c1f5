import neostandard from 'neostandard'

/** Names that the code no longer has: each stood for a standard term of the field. */
const retiredNames = ['holders', 'isTelling', 'lookAhead', 'lookAndUse', 'FEW', 'CHOSEN']
const retiredPatterns = [
  { pattern: '/^MOST(_|$)/', message: 'A limit is named MAX_ and what it limits.' },
  { pattern: '/^spend[A-Z]/', message: 'What can be used once is redeemed or consumed.' }
]

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
  }
]
