import { type Mutation, mutationsOf } from './mutation.ts'
import { cases } from './test-files.ts'

const remembered = 'test/plugins/oauth-server/remembered-consent.test.ts'
const rememberedSelfRegistered =
  'test/plugins/oauth-server/remembered-consent-self-registered.test.ts'
const redirectUri = 'test/plugins/oauth-server/redirect-uri.test.ts'

/** What apps get from the OAuth server, and what they must prove for it. */
export const oauthServerMutations: Mutation[] = [
  ...mutationsOf('plugins/oauth-server/token/authorization-code.ts', [
    [
      'authorization',
      '!code || code.client_id !== client.client_id',
      '!code',
      cases,
      'a code of another client'
    ],
    [
      'authorization',
      '!isSameRedirectUri(redirectUri, code.redirect_uri)',
      "redirectUri === ''",
      cases,
      'a different redirect_uri at redemption'
    ],
    [
      'authorization',
      'if (verifierMatches(',
      'if (true || verifierMatches(',
      cases,
      'a wrong code_verifier'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/token/refresh-token.ts', [
    [
      'authorization',
      '!row || row.client_id !== client.client_id',
      '!row',
      cases,
      'a refresh token of another client'
    ],
    [
      'authorization',
      'row.seconds_since_rotation! > app.config.REFRESH_RETRY_SECONDS',
      'false',
      cases,
      'a refresh token that is reused after'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/authorize/request-checks.ts', [
    [
      'authorization',
      "const isSupported = method === 'S256' ||",
      'const isSupported = true ||',
      cases,
      'the plain code_challenge_method'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/authorize/redirect-uri.ts', [
    [
      'authorization',
      'registeredUris.includes(uri) ||',
      'registeredUris.some((registeredUri) => uri.startsWith(registeredUri)) ||',
      redirectUri,
      'near misses are refused'
    ],
    [
      'authorization',
      'registered[1] === requested[1] && ',
      '',
      redirectUri,
      'http loopback may change its port'
    ],
    [
      'authorization',
      'oauth\\/[\\w-]+$/.test(uri)',
      'oauth\\/.+$/.test(uri)',
      redirectUri,
      "ChatGPT's pattern"
    ],
    [
      'authorization',
      'if (isDangerous(scheme.toLowerCase()))',
      'if (isDangerous(scheme))',
      redirectUri,
      'dangerous ones are refused'
    ],
    [
      'authorization',
      "&& !scheme.includes('.')",
      "&& scheme === ''",
      'test/plugins/oauth-server/registration-metadata.test.ts',
      'a scheme that opens an app'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/authorize/refusal.ts', [
    [
      'authorization',
      ' && (await isApprovedClient(request, session, authorizationError))',
      '',
      rememberedSelfRegistered,
      'nobody is sent to a client'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/authorize/remembered-consent.ts', [
    [
      'authorization',
      'isMatchOfPattern(client.redirect_uris, redirectUri) ?',
      'false ?',
      remembered,
      'where a pattern let the address in'
    ],
    [
      'authorization',
      'commonGroups(requested, earlierConsent.permissions).size < requested.size',
      'false',
      remembered,
      'more groups are asked for'
    ],
    [
      'CSRF',
      "return !isOnDevice && headers['sec-fetch-site'] === 'none'",
      'return !isOnDevice',
      rememberedSelfRegistered,
      'a client that registered itself is answered silently'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/authorize/consent-form.ts', [
    [
      'authorization',
      ' && form.session_hash === session.session_hash',
      '',
      cases,
      'a consent form of another browser'
    ],
    [
      'scopes',
      '!tickedValues.every((value) => offeredValues.includes(value))',
      'false',
      cases,
      'extra fields in a consent form'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/authorize/index.ts', [
    [
      'SSRF',
      '{ mayFetch: session !== undefined }',
      '{ mayFetch: true }',
      cases,
      'an anonymous visitor triggers no fetch'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/registration/gate.ts', [
    [
      'limits',
      'if (unused.network >= MAX_UNUSED_PER_NETWORK)',
      'if (unused.network < 0)',
      'test/plugins/oauth-server/registration-limits.test.ts',
      'a flood of registrations that nobody uses'
    ],
    [
      'limits',
      'return isUntrustedProxy && isIP(forwardedFor) > 0 ?',
      'return false ?',
      'test/plugins/oauth-server/registration-limits.test.ts',
      'behind a proxy on this machine'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/client/keys.ts', [
    [
      'limits',
      'isStranger ? strangersGovernor : fetchGovernor',
      'fetchGovernor',
      'test/plugins/oauth-server/client-keys.test.ts',
      'what strangers make this server fetch'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/client/authentication.ts', [
    [
      'limits',
      'free: 20, first: 5, longest: 300',
      'free: 20000, first: 5, longest: 300',
      cases,
      'a wrong, empty or missing secret'
    ]
  ])
]
