export { deviceAuthorizationEndpoint as default } from '../../../../../plugins/oauth-server/device/authorization.ts'
