import { Type } from 'typebox'

export const closed = { additionalProperties: false } as const

/** A tool that only reads, from this server alone. */
export const readOnlyHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false
}

/** A tool that adds a record at each call. */
export const recordingHints = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false
}

export const ProjectId = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Same name in every session.'
})
export const SessionId = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'Id of an earlier session, session_...'
})
export const FilePath = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'Path from the project root.'
})
export const RelatedFiles = Type.Array(Type.String({ maxLength: 1000 }), {
  maxItems: 99,
  description: 'Other files that it concerns.'
})
export const RecordTags = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 64,
  description: 'Labels to find it by.'
})

/** A text that must not be empty. */
export function RequiredText(description: string, maxLength: number) {
  return Type.String({ minLength: 1, maxLength, description })
}

/** The lines of a report by the titles of its sections. */
export const SectionLines = Type.Record(Type.String(), Type.Array(Type.String()))
