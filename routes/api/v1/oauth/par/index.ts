export { parEndpoint as default } from '../../../../../plugins/oauth-server/authorize/pushed-authorization-request.ts'
