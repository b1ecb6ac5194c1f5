import { Type } from 'typebox'

/** What a client can send of an issue. */
export const issueFields = {
  issue_number: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Number, or give url.' })
  ),
  repository: Type.Optional(Type.String({ maxLength: 200, description: 'owner/name' })),
  title: Type.Optional(Type.String({ maxLength: 1000, description: 'Title.' })),
  url: Type.Optional(Type.String({ maxLength: 2000, description: 'Address.' })),
  body: Type.Optional(Type.String({ maxLength: 200_000, description: 'Text.' })),
  state: Type.Optional(Type.Enum(['open', 'closed'], { description: 'State.' })),
  labels: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50, description: 'Labels.' })
  ),
  assignees: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), { maxItems: 20, description: 'Assignees.' })
  )
}
