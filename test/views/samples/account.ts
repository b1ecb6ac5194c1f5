import { frameOf, type Sample } from './sample.ts'

const mcpUrl = 'https://memory.example.org/api/v1/mcp/sse'
const keyUrl = 'https://memory.example.org/api/v1/mcp/key'

/** The MCP URL opened in a browser, and the question before an app loses its access. */
export const accountSamples: Record<string, Sample> = {
  'confirm-app': {
    view: 'confirm-action',
    data: {
      ...frameOf('apps'),
      title: 'Revoke 4 installations of ChatGPT?',
      points: [
        '4 installations of ChatGPT lose access to your memories at once.',
        'Everything that it saved stays in your memory.',
        'To use it again, connect it from ChatGPT and approve it.'
      ],
      action: '/apps/revoke',
      fields: [['client_id', 'chatgpt-connector']],
      button: 'Revoke 4',
      back: '/apps'
    }
  },
  mcp: { view: 'mcp', data: { mcpUrl, keyUrl, keysOnly: false } },
  'mcp-key': { view: 'mcp', data: { mcpUrl, keyUrl, keysOnly: true } }
}
