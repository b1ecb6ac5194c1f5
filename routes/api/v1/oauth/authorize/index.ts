export { authorizeEndpoint as default } from '../../../../../plugins/oauth-server/authorize/index.ts'
