import type { Sample } from './sample.ts'

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
  reauthenticate: {
    view: 'reauthenticate',
    data: {
      user: { name: 'Ada Lovelace', email: 'ada@example.org', role: 'admin' },
      csrf: 'csrf-token',
      returnTo: '/apps',
      problem: {
        form: 'reauthenticate',
        field: 'current_password',
        text: 'The current password is not right, so nothing was changed.'
      }
    },
    status: 401
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
