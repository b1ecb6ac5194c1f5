import { version } from '../../lib/version.ts'
import { toolProfiles, scopesFor } from '../../tools/profiles.ts'
import { scopesSupported, scopeTexts } from '../../tools/scopes.ts'
import type { Tool } from '../../tools/tool.ts'

/** ChatGPT reads this many characters of an operation's description. */
const MAX_DESCRIPTION_LENGTH = 300

const errorTexts = {
  400: 'The arguments are wrong; the description says which, and what the tool takes.',
  401: 'The credential is missing, expired or revoked.',
  403: 'The credential or the account does not allow this tool.',
  413: 'More than 8 MiB were sent.',
  422: 'The tool refused; the description says why, and what to do.',
  429: 'Too many requests came from one address; Retry-After says how many seconds to wait.'
}

/** Describes the tools as an OpenAPI 3.1 document, from the same values that MCP lists. */
export function openApiDocument(
  publicUrl: string,
  tools: ReadonlySet<Tool>
): Record<string, unknown> {
  const operations = [...tools].map((tool) => [
    `/api/v1/tools/${tool.name}`,
    { post: operation(tool) }
  ])
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kagura Memory',
      version,
      description:
        'Long-term memory of a person, shared by all of their assistants: the tools of the ' +
        'MCP endpoint as plain REST.'
    },
    servers: [{ url: publicUrl }],
    paths: { '/api/v1/tools': { get: listOperation }, ...Object.fromEntries(operations) },
    components: components(publicUrl),
    security: anyOfScopes('mcp:tools')
  }
}

function components(publicUrl: string): Record<string, unknown> {
  const authorizationCode = {
    authorizationUrl: `${publicUrl}/api/v1/oauth/authorize`,
    tokenUrl: `${publicUrl}/api/v1/oauth/token`,
    refreshUrl: `${publicUrl}/api/v1/oauth/token`,
    scopes: scopeTexts
  }
  return {
    schemas: { Error: errorSchema },
    responses: Object.fromEntries(
      Object.entries(errorTexts).map(([status, description]) => [
        `Error${status}`,
        { description, content: jsonContent({ $ref: '#/components/schemas/Error' }) }
      ])
    ),
    securitySchemes: {
      oauth: {
        type: 'oauth2',
        description: 'Sign-in and consent on this server.',
        flows: { authorizationCode }
      },
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or an access token.' },
      apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key.' }
    }
  }
}

function operation(tool: Tool): Record<string, unknown> {
  const { name, title, description, input, output, annotations } = tool
  return {
    operationId: name,
    summary: title,
    description: shortDescription(description),
    // With true, ChatGPT asks before each call, without an option to always allow.
    'x-openai-isConsequential': annotations.destructiveHint,
    security: anyOfScopes(...scopesFor(tool)),
    requestBody: { required: (input.required ?? []).length > 0, content: jsonContent(input) },
    responses: { 200: { description: title, content: jsonContent(output) }, ...errorResponses }
  }
}

const jsonContent = (schema: unknown) => ({ 'application/json': { schema } })
const errorResponses = Object.fromEntries(
  Object.keys(errorTexts).map((status) => [
    status,
    { $ref: `#/components/responses/Error${status}` }
  ])
)

/** Security requirements, any one of which suffices. */
function anyOfScopes(...scopes: string[]): Array<Record<string, string[]>> {
  return [...scopes.map((scope) => ({ oauth: [scope] })), { bearer: [] }, { apiKey: [] }]
}

const errorSchema = {
  type: 'object',
  properties: {
    error: { type: 'string', description: 'A word for programs.' },
    error_description: { type: 'string', description: 'What is wrong, and what to do.' },
    request_id: { type: 'string' }
  },
  required: ['error', 'error_description', 'request_id']
}

const listOperation = {
  operationId: 'list_tools',
  summary: 'List tools',
  description:
    'The tools that this credential may call, with the schemas of their arguments and answers.',
  security: anyOfScopes(...scopesSupported),
  parameters: [
    {
      name: 'profile',
      in: 'query',
      description: 'Only the tools of these profiles, comma-separated.',
      schema: { type: 'string', examples: Object.keys(toolProfiles) }
    },
    {
      name: 'tools',
      in: 'query',
      description: 'Only the tools with these names, comma-separated.',
      schema: { type: 'string' }
    }
  ],
  responses: {
    200: {
      description: 'The tools.',
      content: jsonContent({
        type: 'object',
        properties: {
          tools: {
            type: 'array',
            items: {
              type: 'object',
              properties: {
                name: { type: 'string' },
                title: { type: 'string' },
                description: { type: 'string' },
                inputSchema: { type: 'object' },
                outputSchema: { type: 'object' },
                annotations: { type: 'object' },
                scopes: {
                  type: 'array',
                  items: { type: 'string' },
                  description: 'Any one of these scopes covers the tool.'
                },
                url: { type: 'string' }
              },
              required: [
                'name',
                'title',
                'description',
                'inputSchema',
                'outputSchema',
                'annotations',
                'scopes',
                'url'
              ]
            }
          }
        },
        required: ['tools']
      })
    },
    ...errorResponses
  }
}

/** The whole sentences that fit, or the beginning of the first one. */
export function shortDescription(text: string): string {
  if (text.length <= MAX_DESCRIPTION_LENGTH) return text
  const end = Math.max(
    ...[...text.slice(0, MAX_DESCRIPTION_LENGTH).matchAll(/[.;](?= )/g)].map(({ index }) => index)
  )
  return end > 0
    ? `${text.slice(0, end)}.`
    : `${text.slice(0, MAX_DESCRIPTION_LENGTH - 1).replace(/\s+\S*$/, '')}…`
}
