export { mcpMessagesEndpoint as default } from '../../../../../plugins/mcp-sse/index.ts'
