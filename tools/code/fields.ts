import { Type } from 'typebox'

export { closed, ProjectId, readOnlyHints } from '../coding/fields.ts'

export const SourcePath = Type.String({ maxLength: 512 })
export const AnalyzedPath = Type.String({
  maxLength: 512,
  description: 'Its path, as it was indexed.'
})
