import { Type } from 'typebox'

const Switch = (fallback: boolean, description: string) =>
  Type.Boolean({ default: fallback, description })
const Count = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: fallback, minimum, maximum, description })
const Text = (description: string, fallback?: string) =>
  fallback === undefined
    ? Type.Optional(Type.String({ description, minLength: 1 }))
    : Type.Optional(Type.String({ description, minLength: 1, default: fallback }))

/**
 * A text of a form that `expects` tells, with an example: what an error says instead of the
 * pattern.
 */
const Shaped = (pattern: string, expects: string, description: string) =>
  Type.Optional(Type.String({ pattern, expects, description }))
const Address = (pattern: string, expects: string, description: string) =>
  Type.Optional(Type.String({ pattern, format: 'url', expects, description }))
const commaSeparated = (item: string) => `^(\\s*(${item})?\\s*(,|$))+$`

/**
 * Every setting, as an environment variable. `.env.example` lists the same, and a test holds the
 * two equal.
 */
export const ConfigSchema = Type.Object({
  PORT: Count(3000, 0, 65535, 'Port to listen on; 0 picks a free one.'),
  HOST: Type.String({
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 in a container.'
  }),
  PUBLIC_URL: Address(
    '^https?://[^/?#@\\s]+/?$',
    'an address like https://memory.example.org, without a path',
    'Address under which clients reach the service: the OAuth issuer. Default: http://localhost and the port.'
  ),
  DATABASE_URL: Shaped(
    '^postgres(ql)?://',
    'like postgres://kagura:PASSWORD@localhost:5432/kagura',
    'PostgreSQL 15 or later. Without it the embedded database in DATA_DIR is used.'
  ),
  DATA_DIR: Type.String({
    default: './data',
    minLength: 1,
    description: 'Directory of the embedded database and of the made server secret.'
  }),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) =>
      Type.Literal(level)
    ),
    { default: 'info', description: 'How much is written to the log (stderr).' }
  ),
  SERVER_SECRET: Type.Optional(
    Type.String({
      minLength: 32,
      description:
        'Keys forms and codes, and whatever is encrypted at rest; 32 characters or more, the same on all nodes. Made once into DATA_DIR with the embedded database; required with DATABASE_URL.'
    })
  ),
  ADMIN_EMAIL: Text(
    'With ADMIN_PASSWORD: creates the first administrator at start, while there is no user.'
  ),
  ADMIN_PASSWORD: Type.Optional(
    Type.String({ minLength: 8, description: 'At least 8 characters.' })
  ),
  CHATGPT_CLIENT_SECRET: Type.Optional(
    Type.String({
      minLength: 16,
      description: 'Registers or updates the client chatgpt-connector at start, with this secret.'
    })
  ),
  DYNAMIC_REGISTRATION: Type.Union(
    ['open', 'token', 'closed'].map((mode) => Type.Literal(mode)),
    {
      default: 'open',
      description:
        'Who may register OAuth clients by themselves (RFC 7591). open: any client; token: those that send REGISTRATION_TOKEN; closed: none.'
    }
  ),
  REGISTRATION_TOKEN: Type.Optional(
    Type.String({
      minLength: 16,
      description: 'The initial access token, with DYNAMIC_REGISTRATION=token.'
    })
  ),
  CLIENT_ID_METADATA_DOCUMENTS: Switch(
    true,
    'Accept clients whose client_id is the https URL of a document that describes them; it is fetched from there.'
  ),
  ALLOW_PLAIN_PKCE: Switch(
    false,
    'Accept the PKCE method plain beside S256. For old clients only.'
  ),
  AUTHORIZATION_RESPONSE_ISS: Switch(
    true,
    'Send iss with every answer of the authorization endpoint (RFC 9207). Off for old clients that refuse an answer with it.'
  ),
  ACCESS_TOKEN_SECONDS: Count(3600, 60, 86400, 'Life of an access token.'),
  REFRESH_TOKEN_DAYS: Count(90, 1, 3650, 'Life of a refresh token, counted from its last use.'),
  REFRESH_RETRY_SECONDS: Count(
    600,
    0,
    43200,
    'How long a refresh token that was used already still gets the same successor, for retries and lost answers; at most half of ACCESS_TOKEN_SECONDS.'
  ),
  SESSION_DAYS: Count(30, 1, 365, 'Life of a sign-in in the browser, counted from its last use.'),
  MEMORY_QUOTA_COUNT: Count(1_000_000, 1, 1_000_000_000, 'Memories that one user may have.'),
  MEMORY_QUOTA_BYTES: Count(
    10_737_418_240,
    1,
    1e15,
    'Bytes that the values of one user may take, former versions and deleted memories included.'
  ),
  CODE_QUOTA_FILES: Count(
    20_000,
    1,
    10_000_000,
    'Source files that one user may have indexed, in all projects together.'
  ),
  CODE_QUOTA_BYTES: Count(
    134_217_728,
    1,
    1e12,
    'Bytes that the source files of one user may have; their index takes about thirteen times as much in the database.'
  ),
  GITHUB_API_URL: Type.String({
    default: 'https://api.github.com',
    expects: 'an https address like https://github.example.com/api/v3',
    format: 'url',
    pattern: '^https://[^/?#\\s]+(/[^?#\\s]*)?$',
    description:
      'Where issues are read with a token that a person stored: the API of GitHub or of a GitHub Enterprise Server with a public address.'
  }),
  WEB_TOOLS: Switch(
    true,
    'Let tools read the web: pages, arXiv, YouTube, and Brave with its key. With false none of them is there.'
  ),
  BRAVE_SEARCH_API_KEY: Text(
    'Key of the Brave Search API (https://api-dashboard.search.brave.com), for the search and fact-checking tools.'
  ),
  YOUTUBE_TOOLS: Switch(
    true,
    "Let tools read a video's page on YouTube and the captions that it names; robots.txt there closes captions to crawlers, so the decision is yours."
  ),
  WEB_ALLOWED_HOSTS: Text(
    'The only hosts whose pages tools may read, with their subdomains, comma-separated. Default: all that are public.'
  ),
  WEB_DENIED_HOSTS: Text(
    'Hosts, with their subdomains, and public addresses or networks that tools never connect to, comma-separated.'
  ),
  WEB_ALLOWED_PORTS: Shaped(
    '^\\d{1,5}(\\s*,\\s*\\d{1,5})*$',
    'port numbers, like 8080,8443',
    'Further ports of pages than 80 and 443, comma-separated.'
  ),
  WEB_QUOTA_PER_DAY: Count(
    1000,
    0,
    1_000_000,
    'Pages that one person may have read in a day, and as many requests to arXiv and to YouTube.'
  ),
  BRAVE_QUOTA_PER_DAY: Count(
    100,
    0,
    1_000_000,
    'Requests to Brave that one person may cause in a day.'
  ),
  OUTBOUND_PROXY: Address(
    '^https?://[^/\\s]+/?$',
    'like http://proxy.example.org:3128',
    'Proxy for everything that is fetched from outside, http://user:password@host:port; names are resolved and checked here, and it is asked to connect to the address.'
  ),
  TOOL_HISTORY: Switch(
    true,
    'Note which tools were called, by whom, when, and with what: arguments are cut, and secrets taken out. People see their own by memory_get_tool_history.'
  ),
  TOOL_HISTORY_DAYS: Count(30, 1, 3650, 'Days for which called tools are noted.'),
  AUDIT_DAYS: Count(
    400,
    1,
    36_500,
    'Days for which the audit log keeps what concerns people and operators.'
  ),
  AUDIT_STRANGER_DAYS: Count(
    30,
    1,
    36_500,
    'Days for which the audit log keeps what names no person: refusals of strangers, and what clients did that registered themselves.'
  ),
  RATE_LIMIT_PER_ADDRESS: Count(
    1200,
    0,
    1_000_000,
    'Requests that one address may send to the OAuth endpoints, the sign-in and the tools as plain REST in a minute, for each process; 0 for no bound. Loopback, discovery, health and MCP have none.'
  ),
  EMBEDDINGS_URL: Address(
    '^https?://[^/@?#\\s]+(/[^@?#\\s]*)?$',
    'like http://localhost:11434/v1',
    'Embedding server with the OpenAI interface (OpenAI, Ollama, TEI, vLLM, LM Studio), for search by meaning. Without it search goes by words.'
  ),
  EMBEDDINGS_MODEL: Text('Name of the embedding model.', 'text-embedding-3-small'),
  EMBEDDINGS_API_KEY: Text('Key for the embedding server, sent as a bearer token.'),
  EMBEDDINGS_QUERY_PREFIX: Text(
    'Put before each query, for models that ask for it, such as "query: ".'
  ),
  EMBEDDINGS_DOCUMENT_PREFIX: Text('Put before each memory, such as "passage: ".'),
  OLLAMA_HOST: Text(
    'Where Ollama listens on this machine, as Ollama itself reads it. While EMBEDDINGS_URL is not set, the set-up page and npx kagura doctor ask there, to offer the settings.',
    '127.0.0.1:11434'
  ),
  TRUST_PROXY: Text(
    'Addresses or networks of reverse proxies whose X-Forwarded-For is believed, comma-separated; or true.'
  ),
  ALLOWED_HOSTS: Shaped(
    commaSeparated('(\\[[\\da-fA-F:.]+\\]|[\\w\\-]+(\\.[\\w\\-]+)*)(:\\d{1,5})?'),
    'host names, like memory.lan or memory.lan:8443, without https://',
    'Further Host names to answer to, comma-separated.'
  ),
  ALLOWED_ORIGINS: Shaped(
    commaSeparated('\\*|null|[a-zA-Z][a-zA-Z\\d+.\\-]*://[^/?#@*,\\s]+'),
    'origins, like https://app.example.com, without a path; or * for all',
    'Further browser origins that may use the MCP endpoint and the tools over REST, comma-separated; * for all.'
  )
})
