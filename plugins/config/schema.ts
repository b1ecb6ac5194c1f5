import { Type } from 'typebox'
import { providerSettings } from './provider.ts'
import {
  addressText,
  booleanSetting,
  commaSeparated,
  integerSetting,
  patternSetting,
  textSetting,
  urlSetting
} from './setting.ts'

/** Every setting, as an environment variable. A test compares them with `.env.example`. */
export const ConfigSchema = Type.Object({
  PORT: integerSetting(3000, 0, 65535, 'Port to listen on; 0 picks a free one.'),
  HOST: Type.String({
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 in a container.'
  }),
  PUBLIC_URL: urlSetting(
    '^https?://[^/?#@\\s]+/?$',
    'an address like https://memory.example.org, without a path',
    'URL that clients use, and the OAuth issuer. Default: http://localhost with the port.'
  ),
  DATABASE_URL: patternSetting(
    '^postgres(ql)?://',
    'like postgres://kagura:PASSWORD@localhost:5432/kagura',
    'PostgreSQL 15 or later. Without it, the server uses the embedded database in DATA_DIR.'
  ),
  DATA_DIR: Type.String({
    default: './data',
    minLength: 1,
    description: 'Directory of the embedded database and of the generated secret.'
  }),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) =>
      Type.Literal(level)
    ),
    { default: 'info', description: 'How much the server writes to its log (stderr).' }
  ),
  SERVER_SECRET: Type.Optional(
    Type.String({
      minLength: 32,
      description:
        'Signs forms and device codes, and encrypts stored data. 32 characters or more, ' +
        'the same on all nodes. Required with DATABASE_URL. Without that, the server ' +
        'makes one in DATA_DIR.'
    })
  ),
  ADMIN_EMAIL: textSetting(
    'Creates the first administrator at start, together with ADMIN_PASSWORD, while ' +
      'there is no user.'
  ),
  ADMIN_PASSWORD: Type.Optional(
    Type.String({
      minLength: 8,
      description: 'Password of that first administrator: at least 8 characters.'
    })
  ),
  CHATGPT_CLIENT_SECRET: Type.Optional(
    Type.String({
      minLength: 16,
      description: 'Registers or updates the client chatgpt-connector with this secret at start.'
    })
  ),
  ...providerSettings,
  DYNAMIC_REGISTRATION: Type.Union(
    ['open', 'token', 'closed'].map((mode) => Type.Literal(mode)),
    {
      default: 'open',
      description:
        'Which OAuth clients may register themselves (RFC 7591). open: all; token: those ' +
        'that send REGISTRATION_TOKEN; closed: none.'
    }
  ),
  REGISTRATION_TOKEN: Type.Optional(
    Type.String({
      minLength: 16,
      description: 'Initial access token that clients send with DYNAMIC_REGISTRATION=token.'
    })
  ),
  CLIENT_ID_METADATA_DOCUMENTS: booleanSetting(
    true,
    'Accept clients whose client_id is the https URL of a document about them. The ' +
      'server fetches it.'
  ),
  ALLOW_PLAIN_PKCE: booleanSetting(
    false,
    'Accept the PKCE method plain besides S256. Only old clients need it.'
  ),
  AUTHORIZATION_RESPONSE_ISS: booleanSetting(
    true,
    'Send iss with every answer of the authorization endpoint (RFC 9207). Set false ' +
      'for old clients that refuse it.'
  ),
  ACCESS_TOKEN_SECONDS: integerSetting(3600, 60, 86400, 'Seconds that an access token is valid.'),
  REFRESH_TOKEN_DAYS: integerSetting(
    90,
    1,
    3650,
    'Days that a refresh token is valid after its last use.'
  ),
  REFRESH_RETRY_SECONDS: integerSetting(
    600,
    0,
    43200,
    'Seconds in which a used refresh token returns the same new pair again, for ' +
      'retries and lost answers. At most half of ACCESS_TOKEN_SECONDS.'
  ),
  SESSION_DAYS: integerSetting(
    30,
    1,
    365,
    'Days that a sign-in in the browser is valid after its last use.'
  ),
  MEMORY_QUOTA_COUNT: integerSetting(
    1_000_000,
    1,
    1_000_000_000,
    'Memories that one user may store.'
  ),
  MEMORY_QUOTA_BYTES: integerSetting(
    10_737_418_240,
    1,
    1e15,
    'Bytes that the values of one user may take, with earlier versions and deleted memories.'
  ),
  MAX_IMPORT_MB: integerSetting(
    1000,
    1,
    100_000,
    'Megabytes of a file that a person may upload to import it. It waits in the temporary ' +
      'directory (TMPDIR).'
  ),
  CODE_QUOTA_FILES: integerSetting(
    20_000,
    1,
    10_000_000,
    'Source files that one user may index, in all projects together.'
  ),
  CODE_QUOTA_BYTES: integerSetting(
    134_217_728,
    1,
    1e12,
    'Bytes of source files that one user may index. The database takes about ' +
      'thirteen times as much.'
  ),
  GITHUB_API_URL: addressText({
    default: 'https://api.github.com',
    expects: 'an https address like https://github.example.com/api/v3',
    pattern: '^https://[^/?#\\s]+(/[^?#\\s]*)?$',
    description:
      "API where tools read issues with a person's token: GitHub, or a GitHub " +
      'Enterprise Server with a public address.'
  }),
  WEB_TOOLS: booleanSetting(
    true,
    'Let tools read the web: pages, arXiv, YouTube, and Brave if it has a key. false ' +
      'removes these tools.'
  ),
  BRAVE_SEARCH_API_KEY: textSetting(
    'Key of the Brave Search API (https://api-dashboard.search.brave.com). The tools ' +
      'for search and fact checking need it.'
  ),
  YOUTUBE_TOOLS: booleanSetting(
    true,
    "Let tools read YouTube videos' pages and captions. YouTube's robots.txt closes " +
      'captions to crawlers, so you decide.'
  ),
  WEB_ALLOWED_HOSTS: textSetting(
    'The only hosts that tools may read, with their subdomains, comma-separated. ' +
      'Default: all public hosts.'
  ),
  WEB_DENIED_HOSTS: textSetting(
    'Hosts with their subdomains, public addresses and networks that tools never ' +
      'connect to, comma-separated.'
  ),
  WEB_ALLOWED_PORTS: patternSetting(
    '^\\d{1,5}(\\s*,\\s*\\d{1,5})*$',
    'port numbers, like 8080,8443',
    'Ports of pages besides 80 and 443, comma-separated.'
  ),
  WEB_QUOTA_PER_DAY: integerSetting(
    1000,
    0,
    1_000_000,
    "Pages that one person's tools may read in a day. arXiv and YouTube have the " +
      'same limit each.'
  ),
  BRAVE_QUOTA_PER_DAY: integerSetting(
    100,
    0,
    1_000_000,
    "Requests to Brave that one person's tools may send in a day."
  ),
  OUTBOUND_PROXY: urlSetting(
    '^https?://[^/\\s]+/?$',
    'like http://proxy.example.org:3128',
    'Proxy for all outgoing requests: http://user:password@host:port. The server ' +
      'resolves and checks each name, then asks the proxy to connect to the address.'
  ),
  TOOL_HISTORY: booleanSetting(
    true,
    "Record each person's tool calls: when, which tool, and the arguments, cut and " +
      'without secrets. People see their calls with memory_get_tool_history.'
  ),
  TOOL_HISTORY_DAYS: integerSetting(30, 1, 3650, 'Days that the history keeps tool calls.'),
  CAPTURE_DAYS: integerSetting(90, 1, 3650, 'Days that captured conversations are kept.'),
  CAPTURE_QUOTA_BYTES: integerSetting(
    104_857_600,
    0,
    1e15,
    'Bytes of captured conversations that one user may have. 0 turns capture off.'
  ),
  AUDIT_DAYS: integerSetting(
    400,
    1,
    36_500,
    'Days that the audit log keeps events of people and operators.'
  ),
  AUDIT_STRANGER_DAYS: integerSetting(
    30,
    1,
    36_500,
    'Days that the audit log keeps events without a person: refused strangers and ' +
      'self-registered clients.'
  ),
  RATE_LIMIT_PER_ADDRESS: integerSetting(
    1200,
    0,
    1_000_000,
    'Requests that one address may send in a minute to the OAuth endpoints, the ' +
      'sign-in and the REST tools. Each process counts for itself; 0 means no limit. ' +
      'Loopback, discovery, health and MCP have no limit.'
  ),
  EMBEDDINGS_URL: urlSetting(
    '^https?://[^/@?#\\s]+(/[^@?#\\s]*)?$',
    'like http://localhost:11434/v1',
    'Embedding server with the OpenAI interface (OpenAI, Ollama, TEI, vLLM, LM ' +
      'Studio), for search by meaning. Without it, the search compares words only.'
  ),
  EMBEDDINGS_MODEL: textSetting('Name of the embedding model.', 'text-embedding-3-small'),
  EMBEDDINGS_API_KEY: textSetting('Key that the embedding server gets as a bearer token.'),
  EMBEDDINGS_QUERY_PREFIX: textSetting(
    'Text before each query, for models that need one, such as "query: ".'
  ),
  EMBEDDINGS_DOCUMENT_PREFIX: textSetting(
    'Text before each memory, for models that need one, such as "passage: ".'
  ),
  OLLAMA_HOST: textSetting(
    'Address of Ollama on this machine, in the form that Ollama reads. Without ' +
      'EMBEDDINGS_URL, the set-up page and the command doctor look there and offer the ' +
      'settings.',
    '127.0.0.1:11434'
  ),
  TRUST_PROXY: textSetting(
    'Addresses or networks of your reverse proxies, comma-separated, or true. The ' +
      'server believes their X-Forwarded-For.'
  ),
  ALLOWED_HOSTS: patternSetting(
    commaSeparated('(\\[[\\da-fA-F:.]+\\]|[\\w\\-]+(\\.[\\w\\-]+)*)(:\\d{1,5})?'),
    'host names, like memory.lan or memory.lan:8443, without https://',
    'Host names that the server answers to besides PUBLIC_URL, comma-separated.'
  ),
  ALLOWED_ORIGINS: patternSetting(
    commaSeparated('\\*|null|[a-zA-Z][a-zA-Z\\d+.\\-]*://[^/?#@*,\\s]+'),
    'origins, like https://app.example.com, without a path; or * for all',
    'More browser origins that may use the MCP endpoint and the REST tools, ' +
      'comma-separated; * for all.'
  )
})
