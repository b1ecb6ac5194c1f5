export { consentEndpoint as default } from '../../../../../plugins/oauth-server/authorize/consent.ts'
