// Test files that notice mutations of several source files.
export const cases = 'test/plugins/oauth-server/cases/one-process.test.ts'
export const signIn = 'test/plugins/auth/sign-in.test.ts'
export const security = 'test/plugins/security.test.ts'
export const endpointAccess = 'test/plugins/mcp-sse/endpoint-access.test.ts'
