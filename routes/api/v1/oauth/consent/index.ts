export { consentEndpoint as default } from '../../../../../plugins/oauth-server/consent.ts'
