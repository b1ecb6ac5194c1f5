import t from 'tap'
import { automaticList } from '../../tools/lists.ts'
import { permissionsOf } from '../../tools/scopes.ts'

const listFor = (scope: string, clientName?: string) =>
  automaticList({ permissions: permissionsOf(scope), scope }, clientName)

t.test('the coding tools are listed for a scope that names them', async (t) => {
  t.equal(listFor('mcp:tools'), 'essential')
  t.equal(listFor('mcp:tools mcp:memory mcp:coding'), 'coding')
  t.equal(listFor('mcp:memory:read mcp:coding:read'), 'coding')
  t.equal(listFor('mcp:memory mcp:graph mcp:web offline_access'), 'essential')
})

t.test('the coding tools are listed for a client that calls itself a coding tool', async (t) => {
  for (const clientName of [
    'claude-code',
    'claude-code (via mcp-remote 0.1.37)',
    'codex-mcp-client',
    'cursor-vscode',
    'Cursor',
    'Visual Studio Code - Insiders',
    'vscode',
    'gemini-cli-mcp-client',
    'opencode',
    'Zed',
    'windsurf-client',
    'goose',
    'Cline',
    'Roo Code',
    'Kiro',
    'github-copilot-developer'
  ]) {
    t.equal(listFor('mcp:tools', clientName), 'coding', clientName)
  }
  for (const clientName of [
    undefined,
    '',
    'openai-mcp',
    'claude-ai',
    'Anthropic/ClaudeAI',
    'Microsoft Copilot Studio',
    'test-client',
    'amplitude',
    'zedong',
    `${'x '.repeat(200)}zed`
  ]) {
    t.equal(listFor('mcp:tools', clientName), 'essential', clientName?.slice(0, 30) ?? 'no name')
  }
})

t.test('a credential that covers no memories lists all that it covers', async (t) => {
  t.equal(listFor('mcp:web'), 'everything')
  t.equal(listFor('mcp:coding', 'claude-code'), 'everything')
})
