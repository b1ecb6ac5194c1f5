import type { Sample } from './sample.ts'

const passkey = {
  action: '/login/passkey',
  returnTo: '/',
  options: '{"challenge":"AAAA","rpId":"localhost"}',
  back: '/login'
}
const link = {
  providerName: 'Example ID',
  email: 'ada@example.org',
  hasPassword: true,
  link: 'token'
}

/** The pages for signing in, for setting up the service, and after signing out. */
export const signInSamples: Record<string, Sample> = {
  login: {
    view: 'login',
    data: { returnTo: '/api/v1/oauth/authorize?client_id=x&state=a%26b', clientName: 'ChatGPT' }
  },
  'login-problem': {
    view: 'login',
    data: {
      returnTo: '/',
      email: 'ada@example.org',
      problem: 'Email or password is wrong.',
      retryAfter: 240
    },
    status: 429
  },
  'login-first': { view: 'login', data: { returnTo: '/', setupNeeded: true } },
  'login-device': { view: 'login', data: { returnTo: '/device', purpose: 'device' } },
  'login-ways': {
    view: 'login',
    data: { returnTo: '/', ways: { passkey: true, provider: 'Example ID' } }
  },
  passkey: { view: 'sign-in/passkey', data: passkey },
  'passkey-problem': {
    view: 'sign-in/passkey',
    data: { ...passkey, problem: 'This passkey was not accepted.' },
    status: 401
  },
  'passkey-elsewhere': {
    view: 'sign-in/passkey',
    data: { ...passkey, elsewhere: 'https://memory.example.org/login/passkey' }
  },
  'second-factor': { view: 'sign-in/second-factor', data: { factor: 'token' } },
  'second-factor-problem': {
    view: 'sign-in/second-factor',
    data: {
      factor: 'token',
      problem: { form: 'second-factor', field: 'code', text: 'This code is not right.' }
    },
    status: 401
  },
  'link-account': { view: 'sign-in/link-account', data: link },
  'link-account-without-password': {
    view: 'sign-in/link-account',
    data: { ...link, hasPassword: false }
  },
  reauthenticate: {
    view: 'sign-in/reauthenticate',
    data: {
      user: { name: 'Ada Lovelace', email: 'ada@example.org', role: 'admin' },
      csrf: 'csrf-token',
      returnTo: '/apps',
      ways: { password: true, code: true, passkey: true, provider: 'Example ID' },
      problem: {
        form: 'reauthenticate',
        field: 'current_password',
        text: 'The password is not right.'
      }
    },
    status: 401
  },
  'reauthenticate-no-way': {
    view: 'sign-in/reauthenticate',
    data: {
      user: { name: '', email: 'ada@example.org', role: 'user' },
      csrf: 'csrf-token',
      returnTo: '/',
      ways: { password: false, code: false, passkey: false }
    }
  },
  setup: { view: 'setup', data: { token: 'setup-token' } },
  'setup-ollama': {
    view: 'setup',
    data: {
      token: 'setup-token',
      ollama: {
        command: 'ollama pull nomic-embed-text',
        settings: ['EMBEDDINGS_URL=http://127.0.0.1:11434', 'EMBEDDINGS_MODEL=nomic-embed-text']
      }
    }
  },
  'setup-problem': {
    view: 'setup',
    data: {
      token: 'setup-token',
      name: 'Ada',
      email: 'ada@example.org',
      problem: {
        form: 'setup',
        field: 'password',
        text: 'The password needs at least 8 characters.'
      }
    },
    status: 400
  },
  'signed-out': { view: 'signed-out', data: {} }
}
