import type { AccountLink } from '../../../db/people/account-links.ts'
import type { Account } from '../../../plugins/console/pages/people.ts'
import { day, frameOf, type Sample } from './sample.ts'

const roles = ['user', 'read_only', 'admin'] as const
const hostileName = '\u202Enimda <script>alert(1)</script> ' + 'Ω'.repeat(90)

function account(name: string, more: Partial<Account['user']> = {}, memories = 12): Account {
  return {
    user: {
      user_id: 'u-1',
      email: 'ada@example.com',
      name,
      role: 'user',
      disabled_at: null,
      created_at: day('2026-10-01'),
      updated_at: day('2026-10-01'),
      last_login_at: day('2026-11-29'),
      tool_calls_cleared_at: null,
      timezone: null,
      language: null,
      ...more
    },
    memories,
    bytes: memories * 1400
  }
}
const invitation: AccountLink = {
  token_hash: 'x',
  link_id: 'l-1',
  kind: 'invitation',
  user_id: null,
  email: 'grace@example.com',
  role: 'read_only',
  created_at: day('2026-11-30'),
  expires_at: day('2026-12-01')
}
const accounts = [
  account('Ada Lovelace', { role: 'admin' }, 48_200),
  account('Grace', { disabled_at: day('2026-11-20'), last_login_at: null }, 0),
  account(hostileName, { email: `${'very.long.'.repeat(12)}@example.com`, role: 'read_only' })
]

/** Accounts and invitations. */
export const peopleSamples: Record<string, Sample> = {
  people: {
    view: 'admin/people',
    data: {
      ...frameOf('people', 'admin', {
        notice: 'The invitation for grace@example.com is ready. Send the link yourself.',
        shownSecret: {
          label: 'Invitation link for grace@example.com',
          value: `https://memory.example.org/invite?token=${'k3'.repeat(22)}`
        }
      }),
      accounts,
      invitations: [invitation],
      roles,
      more: '/admin/people?after=u-1'
    }
  },
  'people-problem': {
    view: 'admin/people',
    status: 400,
    data: {
      ...frameOf('people', 'admin', {
        problem: { form: 'invite', field: 'email', text: 'Another account has this address.' },
        typed: { email: 'ada@example.com', role: 'admin' }
      }),
      accounts: accounts.slice(0, 1),
      invitations: [],
      roles
    }
  },
  person: {
    view: 'admin/person',
    data: { ...frameOf('people', 'admin'), account: accounts[0]!, roles, isSelf: true }
  },
  'person-disabled': {
    view: 'admin/person',
    data: {
      ...frameOf('people', 'admin', {
        problem: { form: 'person', text: 'ada@example.com is the only administrator.' }
      }),
      account: accounts[1]!,
      roles,
      isSelf: false
    }
  },
  invited: {
    view: 'account-link',
    data: {
      token: 't',
      email: 'grace@example.com',
      action: '/invite',
      asksName: true,
      name: '',
      problem: { form: 'link', field: 'password', text: 'This password is too easy to guess.' }
    }
  },
  'password-reset': {
    view: 'account-link',
    data: { token: 't', email: 'ada@example.com', action: '/reset', asksName: false, name: '' }
  }
}
