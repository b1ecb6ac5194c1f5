import type { ConsolePages } from '../../../plugins/console/pages/index.ts'
import { day, frameOf, type Sample } from './sample.ts'

const overview: ConsolePages['security/overview'] = {
  passkeys: {
    available: true,
    address: 'https://memory.example.org',
    list: [
      {
        credential_id: 'AAAA-_0',
        name: 'Phone',
        backed_up: true,
        created_at: day('2026-11-02'),
        last_used_at: new Date()
      },
      {
        credential_id: 'BBBB',
        name: 'Key in the safe',
        backed_up: false,
        created_at: day('2026-10-02'),
        last_used_at: null
      }
    ]
  },
  factor: { created_at: day('2026-11-20'), codesLeft: 9 },
  provider: {
    name: 'Example ID',
    identity: { email: 'ada@example.org', created_at: day('2026-11-21') },
    linkPath: '/login/oidc?purpose=link&token=t'
  }
}
const codes = Array.from({ length: 10 }, (_, index) => `abcd-efgh-ijkl-mno${index % 7}`)

/** How a person proves who they are. */
export const securitySamples: Record<string, Sample> = {
  security: { view: 'security/overview', data: { ...frameOf('settings'), ...overview } },
  'security-empty': {
    view: 'security/overview',
    data: {
      ...frameOf('settings'),
      passkeys: { available: false, address: 'http://192.0.2.1:3000', list: [] },
      provider: { name: 'Example ID', linkPath: '/login/oidc?purpose=link&token=t' }
    }
  },
  'security-problem': {
    view: 'security/overview',
    data: {
      ...frameOf('settings', 'user', {
        problem: {
          form: 'passkey',
          field: 'name',
          text: 'Give it a name of up to 100 characters.'
        },
        typed: { credential_id: 'BBBB', name: '' }
      }),
      ...overview
    },
    status: 400
  },
  'new-passkey': {
    view: 'security/new-passkey',
    data: { ...frameOf('settings'), options: '{"challenge":"AAAA"}' }
  },
  authenticator: {
    view: 'security/authenticator',
    data: {
      ...frameOf('settings', 'user', {
        problem: { form: 'authenticator', field: 'code', text: 'This code is not right.' }
      }),
      secret: 'ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567',
      qr: { size: 29, path: 'M4 4h1v1h-1zM6 6h1v1h-1z' }
    },
    status: 400
  },
  'recovery-codes': {
    view: 'security/recovery-codes',
    data: { ...frameOf('settings'), codesLeft: 10, codes }
  },
  'recovery-codes-again': {
    view: 'security/recovery-codes',
    data: { ...frameOf('settings'), codesLeft: 3 }
  }
}
