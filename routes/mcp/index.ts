export { mcpEndpoint as default } from '../../plugins/mcp-sse/index.ts'
