export { registrationEndpoint as default } from '../../plugins/oauth-server/registration/index.ts'
