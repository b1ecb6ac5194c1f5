// Test files that notice mutations of several parts.
export const cases = 'test/oauth/cases/one-process.test.ts'
export const signIn = 'test/plugins/auth/sign-in.test.ts'
export const security = 'test/plugins/security.test.ts'
export const endpointAccess = 'test/mcp/endpoint-access.test.ts'
