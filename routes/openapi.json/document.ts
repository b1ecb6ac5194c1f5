import { version } from '../../lib/version.ts'
import { toolProfiles, scopesFor } from '../../tools/profiles.ts'
import { toolGroups, groupTexts } from '../../tools/scopes.ts'
import type { Tool } from '../../tools/tool.ts'

/** Characters that ChatGPT reads of an operation's description. */
const DESCRIPTION = 300

const errors = {
  400: 'The arguments are wrong; the description says which, and what the tool takes.',
  401: 'No credential, or one that does not count (any more).',
  403: 'The credential or the account does not allow this tool.',
  413: 'More than 8 MiB were sent.',
  422: 'The tool could not do it; the description says why, and what to do.',
  429: 'Too many requests came from one address; Retry-After says how many seconds to wait.'
}

/** The tools as an OpenAPI 3.1 document, made from the values that MCP lists, too. */
export function openApiDocument(
  publicUrl: string,
  chosen: ReadonlySet<Tool>
): Record<string, unknown> {
  const operations = [...chosen].map((tool) => [
    `/api/v1/tools/${tool.name}`,
    { post: operation(tool) }
  ])
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kagura Memory',
      version,
      description:
        'Long-term memory of a person, shared by all of their assistants: the tools of the MCP endpoint as plain REST.'
    },
    servers: [{ url: publicUrl }],
    paths: { '/api/v1/tools': { get: list }, ...Object.fromEntries(operations) },
    components: {
      schemas: { Error: errorSchema },
      responses: Object.fromEntries(
        Object.entries(errors).map(([status, description]) => [
          `Error${status}`,
          { description, content: json({ $ref: '#/components/schemas/Error' }) }
        ])
      ),
      securitySchemes: {
        oauth: {
          type: 'oauth2',
          description: 'Sign-in and consent on this server.',
          flows: {
            authorizationCode: {
              authorizationUrl: `${publicUrl}/api/v1/oauth/authorize`,
              tokenUrl: `${publicUrl}/api/v1/oauth/token`,
              refreshUrl: `${publicUrl}/api/v1/oauth/token`,
              scopes: {
                'mcp:tools': 'Every tool.',
                ...Object.fromEntries(
                  toolGroups.map((group) => [`mcp:${group}`, groupTexts[group].text])
                )
              }
            }
          }
        },
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or an access token.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key.' }
      }
    },
    security: security('mcp:tools')
  }
}

function operation(tool: Tool): Record<string, unknown> {
  const { name, title, description, input, output, annotations } = tool
  return {
    operationId: name,
    summary: title,
    description: brief(description),
    // true: ChatGPT asks before each call, and offers nobody to stop asking.
    'x-openai-isConsequential': annotations.destructiveHint,
    security: security(...scopesFor(tool)),
    requestBody: { required: (input.required ?? []).length > 0, content: json(input) },
    responses: { 200: { description: title, content: json(output) }, ...failures }
  }
}

const json = (schema: unknown) => ({ 'application/json': { schema } })
const failures = Object.fromEntries(
  Object.keys(errors).map((status) => [status, { $ref: `#/components/responses/Error${status}` }])
)

/** Any one of these suffices. */
function security(...scopes: string[]): Array<Record<string, string[]>> {
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

const list = {
  operationId: 'list_tools',
  summary: 'List tools',
  description:
    'The tools that this credential may call, with the schemas of their arguments and answers.',
  security: security('mcp:tools', ...toolGroups.map((group) => `mcp:${group}`)),
  parameters: [
    {
      name: 'profile',
      in: 'query',
      description: 'Only those of these profiles, comma-separated.',
      schema: { type: 'string', examples: Object.keys(toolProfiles) }
    },
    {
      name: 'tools',
      in: 'query',
      description: 'Only these, by name, comma-separated.',
      schema: { type: 'string' }
    }
  ],
  responses: {
    200: {
      description: 'The tools.',
      content: json({
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
                  description: 'Any one of these covers it.'
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
    ...failures
  }
}

/** As many whole sentences as fit, or the beginning of the first. */
export function brief(text: string): string {
  if (text.length <= DESCRIPTION) return text
  const end = Math.max(
    ...[...text.slice(0, DESCRIPTION).matchAll(/[.;](?= )/g)].map(({ index }) => index)
  )
  return end > 0
    ? `${text.slice(0, end)}.`
    : `${text.slice(0, DESCRIPTION - 1).replace(/\s+\S*$/, '')}…`
}
