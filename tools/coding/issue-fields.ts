import { Type } from 'typebox'

/** What a client can send of an issue. */
export const issueFields = {
  issue_number: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: 'Number of the issue, unless you give url.'
    })
  ),
  repository: Type.Optional(
    Type.String({ maxLength: 200, description: 'Repository as owner/name, such as acme/shop.' })
  ),
  title: Type.Optional(
    Type.String({ maxLength: 1000, description: 'Title of the issue on GitHub.' })
  ),
  url: Type.Optional(
    Type.String({ maxLength: 2000, description: 'Address of the issue, instead of its number.' })
  ),
  body: Type.Optional(
    Type.String({ maxLength: 200_000, description: 'Text of the issue, in Markdown.' })
  ),
  state: Type.Optional(
    Type.Enum(['open', 'closed'], { description: 'Whether it is open or closed.' })
  ),
  labels: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 50,
      description: 'Labels of the issue, such as ["bug"].'
    })
  ),
  assignees: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 20,
      description: 'Names of people who work on it.'
    })
  )
}
