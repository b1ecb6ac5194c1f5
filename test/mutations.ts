/* eslint-disable no-template-curly-in-string -- source text stands here as it is */
/**
 * Rules of security, each with one way to break it, and the test that must notice. `npm run prove`
 * breaks them one by one (test/prove/mutations.prove.ts). Which to add: a line that nobody would
 * miss by using the product, and that an attacker would look for.
 */
export interface Mutation {
  rule: Rule
  /** A source file, and text that stands in it exactly once. */
  file: string
  intact: string
  /** What is put in its place: it compiles, and the rule is gone. */
  broken: string
  /** The test file that notices, and the beginning of the test's title. */
  test: string
  title: string
}

export type Rule =
  'authorization' | 'sessions' | 'scopes' | 'isolation' | 'SSRF' | 'CSRF' | 'headers' | 'limits'

/** Mutations of one file: [rule, intact, broken, test file, title]. */
type Row = [rule: Rule, intact: string, broken: string, test: string, title: string]

function of(file: string, rows: Row[]): Mutation[] {
  return rows.map(([rule, intact, broken, test, title]) => ({
    rule,
    file,
    intact,
    broken,
    test,
    title
  }))
}

const cases = 'test/oauth/cases/one-process.test.ts'
const signIn = 'test/plugins/auth/sign-in.test.ts'
const security = 'test/plugins/security.test.ts'
const remembered = 'test/oauth/remembered-consent.test.ts'
const redirectUri = 'test/plugins/redirect-uri.test.ts'
const endpoint = 'test/mcp/endpoint.test.ts'
const guardedFetch = 'test/plugins/guarded-fetch.test.ts'

export const mutations: Mutation[] = [
  ...of('plugins/oauth-server/authorization-code.ts', [
    ['authorization', '!code || code.client_id !== client.client_id', '!code', cases, 'case 89:'],
    [
      'authorization',
      '!isSameRedirectUri(redirectUri, code.redirect_uri)',
      "redirectUri === ''",
      cases,
      'case 90:'
    ],
    ['authorization', 'if (verifierMatches(', 'if (true || verifierMatches(', cases, 'case 91:']
  ]),
  ...of('plugins/oauth-server/refresh-token.ts', [
    ['authorization', '!row || row.client_id !== client.client_id', '!row', cases, 'case 102:'],
    [
      'authorization',
      'row.seconds_since_rotation! > app.config.REFRESH_RETRY_SECONDS',
      'false',
      cases,
      'case 99:'
    ]
  ]),
  ...of('plugins/oauth-server/authorization-request.ts', [
    [
      'authorization',
      "const known = method === 'S256' ||",
      'const known = true ||',
      cases,
      'case 30:'
    ]
  ]),
  ...of('plugins/oauth-server/redirect-uri.ts', [
    [
      'authorization',
      'registered.includes(uri) ||',
      'registered.some((known) => uri.startsWith(known)) ||',
      redirectUri,
      'near misses are refused'
    ],
    [
      'authorization',
      'known[1] === given[1] && ',
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
      'test/oauth/registration.test.ts',
      'a scheme that opens an app'
    ]
  ]),
  ...of('plugins/oauth-server/authorize.ts', [
    [
      'authorization',
      '(session && (await isApproved(app, session.user_id, error)))',
      'session',
      remembered,
      'nobody is sent to a client'
    ]
  ]),
  ...of('plugins/oauth-server/remembered-consent.ts', [
    [
      'authorization',
      'isMatchOfPattern(client.redirect_uris, redirectUri) ?',
      'false ?',
      remembered,
      'where a pattern let the address in'
    ],
    [
      'authorization',
      'intersection(groups, earlier.groups).size < groups.size',
      'false',
      remembered,
      'more groups are asked for'
    ],
    [
      'CSRF',
      "return !onThisDevice && headers['sec-fetch-site'] === 'none'",
      'return !onThisDevice',
      remembered,
      'a client that registered itself is answered silently'
    ]
  ]),
  ...of('plugins/oauth-server/consent.ts', [
    ['authorization', ' && form.session_hash === session.session_hash', '', cases, 'case 52:'],
    [
      'scopes',
      'intersection(ticked, groupsOf(form.scope)).size !== ticked.size',
      'false',
      cases,
      'case 54:'
    ]
  ]),
  ...of('plugins/oauth-server/client.ts', [
    [
      'SSRF',
      'return (await documentClient(app, clientId, signedIn)) !== undefined',
      'return (await documentClient(app, clientId, true)) !== undefined',
      cases,
      'case 146:'
    ]
  ]),
  ...of('plugins/oauth-server/registration-gate.ts', [
    [
      'limits',
      'if (unused.network >= MOST_UNUSED_OF_A_NETWORK)',
      'if (unused.network < 0)',
      'test/oauth/registration.test.ts',
      'a flood of registrations that nobody uses'
    ],
    [
      'limits',
      'return isUntrustedProxy && isIP(forwarded) > 0 ?',
      'return false ?',
      'test/oauth/registration.test.ts',
      'behind a proxy on this machine'
    ]
  ]),
  ...of('plugins/oauth-server/client-keys.ts', [
    [
      'limits',
      'isStranger ? strangersGovernor : governor',
      'governor',
      'test/oauth/client-assertion.test.ts',
      'what strangers make this server fetch'
    ]
  ]),
  ...of('plugins/oauth-server/client-authentication.ts', [
    [
      'limits',
      'free: 20, first: 5, longest: 300',
      'free: 20000, first: 5, longest: 300',
      cases,
      'case 77:'
    ]
  ]),
  ...of('plugins/seal.ts', [
    [
      'sessions',
      'return content.at + seconds >= Date.now() / 1000 ? content : undefined',
      'return content',
      security,
      'a consent form counts for an hour'
    ],
    [
      'sessions',
      'if (more.length > 0 || given',
      'if (given',
      security,
      'a consent form counts in one spelling only'
    ],
    ['CSRF', 'if (!timingSafeEqual(given, right)) return undefined', '', cases, 'case 51:']
  ]),
  ...of('plugins/auth/cookie.ts', [
    ['sessions', "? '__Host-' : ''", "? '' : ''", security, 'over https every cookie'],
    ['sessions', 'return sent.length === 1 ?', 'return sent.length >= 1 ?', cases, 'case 60:']
  ]),
  ...of('plugins/auth/session.ts', [
    [
      'sessions',
      "const secure = app.publicUrl.startsWith('https:')",
      'const secure = false',
      security,
      'over https every cookie'
    ],
    [
      'sessions',
      'if (former !== undefined) await deleteSession(app.db, former)',
      '',
      cases,
      'case 59:'
    ],
    ['CSRF', '(site !== undefined && !isOurs) ||', '', signIn, 'a form from elsewhere is refused'],
    [
      'CSRF',
      "if (origin === 'null') return isOurs",
      "if (origin === 'null') return true",
      signIn,
      'a form from elsewhere is refused'
    ]
  ]),
  ...of('plugins/auth/known-browser.ts', [
    ['limits', 'accounts.includes(userId) ?', 'userId ?', signIn, 'a browser that signed in before']
  ]),
  ...of('plugins/auth/sign-in.ts', [
    [
      'limits',
      '{ subject: `account ${account}`, free: 20,',
      '{ subject: `account ${account}`, free: 20000,',
      signIn,
      'guesses at one account'
    ],
    [
      'limits',
      '{ subject: `address ${network}`, free: 100,',
      '{ subject: `address ${network}`, free: 100000,',
      signIn,
      'guesses from one address'
    ],
    [
      'limits',
      'user?.user_id ?? (await foldEmail(db, email))',
      'email.trim().toLowerCase()',
      signIn,
      'every spelling of one account'
    ],
    [
      'limits',
      ': [{ subject: `browser ${browser} ${account}`, free: 5,',
      ': [{ subject: `browser ${browser} ${account}`, free: 5000,',
      signIn,
      'a browser that signed in before'
    ]
  ]),
  ...of('plugins/auth/index.ts', [
    [
      'CSRF',
      "if (formOf(request).get('csrf') !== csrf(session))",
      "if (formOf(request).get('csrf') === undefined)",
      'test/routes/account/password.test.ts',
      'a wrong current password'
    ]
  ]),
  ...of('plugins/auth/credential.ts', [
    [
      'authorization',
      'if (!isAudience(token.resource))',
      "if (token.resource === '')",
      cases,
      'case 119:'
    ],
    [
      'scopes',
      'groups: intersection(groupsOf(token.scope), grantable)',
      'groups: groupsOf(token.scope)',
      'test/oauth/narrowing.test.ts',
      'a narrower client narrows live tokens'
    ]
  ]),
  ...of('plugins/tool-calls/index.ts', [
    [
      'scopes',
      'if (!toolsFor(principal, app.web.providers).includes(tool))',
      'if (!tool)',
      endpoint,
      'scope decides what is listed and called'
    ]
  ]),
  ...of('tools/index.ts', [
    ['scopes', ' && roleAllows(role, tool)', '', endpoint, 'read_only people get']
  ]),
  ...of('plugins/mcp-sse/stream.ts', [
    [
      'scopes',
      'posted.getStore() ?? stream.credential',
      'stream.credential',
      'test/mcp/streams.test.ts',
      'within one process'
    ],
    [
      'isolation',
      '!stream || stream.credential.principal.user_id !== credential.principal.user_id',
      '!stream',
      'test/mcp/streams.test.ts',
      'within one process'
    ]
  ]),
  ...of('plugins/mcp-sse/session-id.ts', [
    [
      'isolation',
      'if (session?.user_id !== userId)',
      'if (!session)',
      endpoint,
      'initialize hands out a session id'
    ]
  ]),
  ...of('db/memories.ts', [
    [
      'isolation',
      "and([eb('user_id', '=', userId), eb('memory_id', '=', which.memory_id), live])",
      "and([eb('memory_id', '=', which.memory_id), live])",
      'test/isolation.test.ts',
      'nothing of one person is visible'
    ]
  ]),
  ...of('db/tool-calls.ts', [
    [
      'isolation',
      "selectAll().where('user_id', '=', userId)",
      'selectAll()',
      'test/isolation.test.ts',
      'nothing of one person is visible'
    ]
  ]),
  ...of('db/sessions.ts', [
    [
      'sessions',
      ".where('expires_at', '>', sql<Date>`now()`)",
      '',
      signIn,
      'a sign-in ends with its days'
    ],
    [
      'sessions',
      ".where('sessions.created_at', '>', sql<Date>`now() - make_interval(days => ${sql.lit(MAX_DAYS)})`)",
      '',
      signIn,
      'a sign-in ends with its days'
    ],
    [
      'sessions',
      ".where('users.disabled_at', 'is', null)",
      '',
      signIn,
      'a sign-in ends with its days'
    ]
  ]),
  ...of('db/api-keys.ts', [
    [
      'authorization',
      "when expires_at <= now() then 'expired'",
      '',
      endpoint,
      'a wrong, revoked or expired credential'
    ],
    [
      'authorization',
      "when revoked_at is not null then 'revoked'",
      '',
      endpoint,
      'a wrong, revoked or expired credential'
    ]
  ]),
  ...of('plugins/guarded-fetch/addresses.ts', [
    ['SSRF', "if (range !== 'unicast') return range", '', guardedFetch, 'an address is public only']
  ]),
  ...of('plugins/guarded-fetch/index.ts', [
    [
      'SSRF',
      'for (const address of addresses) {',
      'for (const address of addresses.slice(0, 1)) {',
      guardedFetch,
      'a name is refused when any'
    ],
    [
      'SSRF',
      'if (next.origin !== new URL(at).origin) {',
      'if (!next) {',
      guardedFetch,
      'what is sent for one origin'
    ],
    [
      'SSRF',
      'if (url.username || url.password)',
      'if (!url)',
      guardedFetch,
      'a name is refused when any'
    ]
  ]),
  ...of('plugins/guarded-fetch/body.ts', [
    [
      'limits',
      'if (size > maxBytes) throw tooLarge',
      '',
      guardedFetch,
      'what is too big, too slow or never ends'
    ]
  ]),
  ...of('plugins/rate-limit.ts', [
    [
      'limits',
      'app.createRateLimit({ max: most })',
      'app.createRateLimit({ max: most + 1000 })',
      'test/oauth/rate-limits.test.ts',
      'an address that asks too much waits'
    ]
  ]),
  ...of('routes/device/guesses.ts', [
    [
      'limits',
      'free: 5, first: 5, longest: 300',
      'free: 5000, first: 5, longest: 300',
      'test/routes/device.test.ts',
      'guessing codes is slowed down'
    ]
  ]),
  ...of('plugins/errors.ts', [
    [
      'headers',
      "'x-content-type-options': 'nosniff',",
      '',
      security,
      'every route answers with nosniff'
    ],
    ['headers', '...(https && {', '...(false && {', security, 'every route answers with nosniff']
  ]),
  ...of('plugins/consent-views.ts', [
    ['headers', " frame-ancestors 'none';", '', cases, 'case 58:'],
    ['headers', "'x-frame-options': 'DENY',", '', cases, 'case 58:']
  ]),
  ...of('plugins/security.ts', [
    [
      'headers',
      'if (more.length > 0 || !isAllowedHost(host)) return false',
      'if (!isAllowedHost(host)) return false',
      security,
      'a Host is one name or address'
    ],
    [
      'headers',
      'if (more.length > 0 || !isAllowedHost(host)) return false',
      'if (more.length > 0) return false',
      security,
      'a Host is one name or address'
    ],
    [
      'headers',
      'return sent === host || isAllowedHost(sent) ||',
      'return true ||',
      security,
      'behind a trusted proxy'
    ],
    [
      'headers',
      'isToolAddress(request) && !isAllowedOrigin(origin)',
      "origin === ''",
      endpoint,
      'a foreign origin gets 403'
    ]
  ])
]
