import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, noStyle: true, ignores: ['dist*/', 'node_modules/', 'data/'] }),
  // Rows and wire are snake_case with the field's own words; a promise left to itself is marked
  // void; control characters are what is looked for. Prettier does the formatting.
  {
    rules: {
      camelcase: 'off',
      'no-void': 'off',
      'no-control-regex': 'off',
      curly: ['error', 'multi-line']
    }
  }
]
