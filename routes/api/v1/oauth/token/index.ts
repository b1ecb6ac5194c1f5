export { tokenEndpoint as default } from '../../../../../plugins/oauth-server/token/index.ts'
