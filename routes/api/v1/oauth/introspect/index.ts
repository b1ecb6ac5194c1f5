export { introspectEndpoint as default } from '../../../../../plugins/oauth-server/introspect.ts'
