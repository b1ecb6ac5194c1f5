/** What a step of the instructions shows below its sentence. */
export type StepPart = 'none' | 'url' | 'key' | 'snippet' | 'link' | 'say'

/** A program that the pages explain how to connect. */
export interface ConnectClient {
  /** The last part of the page's address. */
  id: string
  /** What it is called, which is the same in every language. */
  name: string
  /** The names under which it registers itself, and those of keys for it. */
  pattern: RegExp
  /** A program in the cloud needs a public https address. */
  runs: 'in_cloud' | 'on_computer'
  /** How it proves who it is when connected as these steps say. */
  proof: 'sign_in' | 'key'
  /** One for each step. The sentences are in the catalogues. */
  parts: readonly StepPart[]
  /** The user agents of its requests, where something on the way may block them. */
  agents?: readonly string[]
}

const signInParts = ['none', 'url', 'none', 'say'] as const
const linkParts = ['link', 'none', 'say'] as const
const keyParts = ['key', 'snippet', 'say'] as const

/** In the order of the page. A name counts for the first client whose pattern it matches. */
export const connectClients = [
  {
    id: 'chatgpt',
    name: 'ChatGPT',
    pattern: /\b(chatgpt|openai)\b/i,
    runs: 'in_cloud',
    proof: 'sign_in',
    parts: signInParts,
    agents: ['openai-mcp/1.0.0']
  },
  {
    id: 'claude-code',
    name: 'Claude Code',
    pattern: /\bclaude[ -]?code\b/i,
    runs: 'on_computer',
    proof: 'key',
    parts: keyParts
  },
  {
    id: 'claude',
    name: 'Claude',
    pattern: /\bclaude\b/i,
    runs: 'in_cloud',
    proof: 'sign_in',
    parts: signInParts,
    agents: ['Claude-User', 'python-httpx/0.28.1']
  },
  {
    id: 'vscode',
    name: 'VS Code',
    pattern: /\b(vs ?code|visual studio code)\b/i,
    runs: 'on_computer',
    proof: 'sign_in',
    parts: linkParts
  },
  {
    id: 'cursor',
    name: 'Cursor',
    pattern: /\bcursor\b/i,
    runs: 'on_computer',
    proof: 'sign_in',
    parts: linkParts
  },
  {
    id: 'codex',
    name: 'Codex',
    pattern: /\bcodex\b/i,
    runs: 'on_computer',
    proof: 'key',
    parts: keyParts
  },
  {
    id: 'gemini-cli',
    name: 'Gemini CLI',
    pattern: /\bgemini\b/i,
    runs: 'on_computer',
    proof: 'key',
    parts: keyParts
  },
  {
    id: 'windsurf',
    name: 'Windsurf',
    pattern: /\bwindsurf\b/i,
    runs: 'on_computer',
    proof: 'key',
    parts: keyParts
  },
  {
    id: 'zed',
    name: 'Zed',
    pattern: /\bzed\b/i,
    runs: 'on_computer',
    proof: 'key',
    parts: keyParts
  },
  {
    id: 'goose',
    name: 'Goose',
    pattern: /\bgoose\b/i,
    runs: 'on_computer',
    proof: 'sign_in',
    parts: linkParts
  },
  {
    id: 'lm-studio',
    name: 'LM Studio',
    pattern: /\blm ?studio\b/i,
    runs: 'on_computer',
    proof: 'key',
    parts: keyParts
  },
  {
    id: 'scripts',
    name: 'curl',
    pattern: /\b(scripts?|curl)\b/i,
    runs: 'on_computer',
    proof: 'key',
    parts: ['key', 'snippet', 'none']
  },
  {
    id: 'other',
    name: 'MCP',
    pattern: /(?!)/,
    runs: 'on_computer',
    proof: 'sign_in',
    parts: ['url', 'none', 'say']
  }
] as const satisfies ConnectClient[]

export type ClientId = (typeof connectClients)[number]['id']

/** The client with this id in an address, or undefined. */
export function findConnectClient(id: string): (ConnectClient & { id: ClientId }) | undefined {
  return connectClients.find((client) => client.id === id)
}

/** The client that an app or a key of this name belongs to; undefined for unknown names. */
export function namedClient(name: string): ClientId | undefined {
  return connectClients.find(({ pattern }) => pattern.test(name))?.id
}
