export { revokeEndpoint as default } from '../../../../../plugins/oauth-server/revoke.ts'
