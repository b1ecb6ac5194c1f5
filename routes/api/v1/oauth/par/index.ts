export { parEndpoint as default } from '../../../../../plugins/oauth-server/pushed-authorization-request.ts'
