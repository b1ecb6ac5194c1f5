import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['dist*/', 'node_modules/', 'data/'] }),
  // Rows and wire are snake_case with the field's own words; a promise left to itself is marked void.
  { rules: { camelcase: 'off', 'no-void': 'off', '@stylistic/no-mixed-operators': 'off', '@stylistic/max-len': ['error', { code: 200, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true, ignoreUrls: true }] } }
]
