export { mcpKeyEndpoint as default } from '../../../../../plugins/mcp-sse/index.ts'
