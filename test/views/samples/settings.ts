import { day, frameOf, type Sample } from './sample.ts'

const frame = frameOf('settings')
const email = 'ada@example.com'
const hostileName = '<script>alert(1)</script> \u202eevil\u202c ' + 'W'.repeat(150) + ' 🎏'

/** The pages below /settings, without the import. */
export const settingsSamples: Record<string, Sample> = {
  settings: {
    view: 'settings/index',
    data: {
      ...frame,
      name: 'Ada Lovelace',
      email,
      chosenLanguage: 'en',
      timezone: 'Europe/Berlin',
      sessions: 3,
      githubEnd: 'x7Qa',
      memories: 12_345,
      bytes: 45_600_000,
      meaning: true
    }
  },
  'settings-hostile': {
    view: 'settings/index',
    data: {
      ...frameOf('settings', 'admin', { notice: hostileName }),
      name: hostileName,
      email: `${'long.'.repeat(40)}@example.com`,
      chosenLanguage: null,
      timezone: null,
      sessions: 1,
      memories: 0,
      bytes: 0,
      meaning: false
    }
  },
  'settings-profile': { view: 'settings/profile', data: { ...frame, name: '', email } },
  'settings-profile-problem': {
    view: 'settings/profile',
    data: {
      ...frameOf('settings', 'user', {
        problem: {
          form: 'profile',
          field: 'email',
          text: 'Enter a full email address, such as ada@example.org. This is not one: ada@example'
        },
        typed: { name: hostileName, email: 'ada@example' }
      }),
      name: 'Ada Lovelace',
      email
    },
    status: 400
  },
  'settings-password': { view: 'settings/password', data: { ...frame, email } },
  'settings-password-problem': {
    view: 'settings/password',
    data: {
      ...frameOf('settings', 'user', {
        problem: {
          form: 'password',
          field: 'current_password',
          text: 'The current password is not right, so nothing was changed.'
        }
      }),
      email
    },
    status: 401
  },
  'settings-sessions': {
    view: 'settings/sessions',
    data: {
      ...frameOf('settings', 'user', { notice: 'That browser is signed out.' }),
      sessions: [
        {
          id: 's1',
          isCurrent: true,
          names: { browser: 'Firefox', system: 'Linux' },
          address: '2001:db8::1',
          created_at: day('2026-11-03'),
          last_seen_at: new Date()
        },
        {
          id: 's2',
          isCurrent: false,
          names: { browser: 'Safari', system: 'iPhone' },
          address: '203.0.113.7',
          created_at: day('2026-10-30'),
          last_seen_at: day('2026-11-03')
        },
        {
          id: 's3',
          isCurrent: false,
          names: undefined,
          address: null,
          created_at: day('2026-10-29'),
          last_seen_at: day('2026-10-29')
        }
      ]
    }
  },
  'settings-language': {
    view: 'settings/language',
    data: {
      ...frame,
      chosenLanguage: 'en',
      timezone: 'Europe/Berlin',
      zones: ['Asia/Tokyo', 'Europe/Berlin']
    }
  },
  'settings-timezone-problem': {
    view: 'settings/language',
    data: {
      ...frameOf('settings', 'user', {
        problem: {
          form: 'timezone',
          field: 'timezone',
          text: '“Europe/Berln” is not a time zone. Did you mean Europe/Berlin?'
        },
        typed: { timezone: 'Europe/Berln' }
      }),
      chosenLanguage: null,
      timezone: null,
      zones: ['Europe/Berlin']
    },
    status: 400
  },
  'settings-github': { view: 'settings/github', data: { ...frame } },
  'settings-github-stored': {
    view: 'settings/github',
    data: {
      ...frame,
      github: { token_end: 'x7Qa', created_at: day('2026-11-20'), last_used_at: day('2026-11-21') }
    }
  },
  'settings-data': {
    view: 'settings/data',
    data: {
      ...frame,
      memories: 12_345,
      memoryLimit: 1_000_000,
      bytes: 9_900_000_000,
      byteLimit: 10_737_418_240,
      versions: { count: 10_000, capped: true }
    }
  },
  'settings-export': { view: 'settings/export', data: { ...frame, email } },
  'settings-meaning-off': { view: 'settings/meaning', data: { ...frame, isAdmin: true } },
  'settings-meaning': {
    view: 'settings/meaning',
    data: {
      ...frame,
      isAdmin: false,
      meaning: {
        model: 'nomic-embed-text',
        progress: {
          dimensions: 768,
          ready: false,
          waiting: { count: 10_000, capped: true },
          refused: { count: 2, capped: false }
        }
      }
    }
  },
  'settings-deleted': { view: 'settings/deleted', data: {} }
}
