import { type Mutation, mutationsOf } from './mutation.ts'
import { cases, endpointAccess, security } from './test-files.ts'

const hosts = 'test/plugins/security-hosts.test.ts'

/** How often requests may come, whose they are, and the headers of answers. */
export const httpMutations: Mutation[] = [
  ...mutationsOf('plugins/rate-limit.ts', [
    [
      'limits',
      'const maxRequests = app.config.RATE_LIMIT_PER_ADDRESS',
      'const maxRequests = app.config.RATE_LIMIT_PER_ADDRESS + 1000',
      'test/plugins/oauth-server/rate-limits.test.ts',
      'an address that asks too much waits'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/device/guesses.ts', [
    [
      'limits',
      'free: 5, first: 5, longest: 300',
      'free: 5000, first: 5, longest: 300',
      'test/routes/device.test.ts',
      'guessing codes is slowed down'
    ]
  ]),
  ...mutationsOf('plugins/error-handler/dialects.ts', [
    [
      'headers',
      "'x-content-type-options': 'nosniff',",
      '',
      security,
      'every route answers with nosniff'
    ],
    [
      'headers',
      '...(usesHttps && {',
      '...(false && {',
      security,
      'every route answers with nosniff'
    ]
  ]),
  ...mutationsOf('plugins/consent-views/index.ts', [
    ['headers', " frame-ancestors 'none';", '', cases, 'no page can be framed'],
    ['headers', "'x-frame-options': 'DENY',", '', cases, 'no page can be framed']
  ]),
  ...mutationsOf('plugins/security.ts', [
    [
      'headers',
      'if (extraHeaders.length > 0 || !isAllowedHost(host)) return false',
      'if (!isAllowedHost(host)) return false',
      hosts,
      'a Host is one name or address'
    ],
    [
      'headers',
      'if (extraHeaders.length > 0 || !isAllowedHost(host)) return false',
      'if (extraHeaders.length > 0) return false',
      hosts,
      'a Host is one name or address'
    ],
    [
      'headers',
      'return hostHeader === host || isAllowedHost(hostHeader) ||',
      'return true ||',
      hosts,
      'behind a trusted proxy'
    ],
    [
      'headers',
      'isToolAddress(request) && !isAllowedOrigin(origin)',
      "origin === ''",
      endpointAccess,
      'a foreign origin gets 403'
    ]
  ])
]
