import { type Mutation, mutationsOf } from './mutation.ts'
import { cases, security, signIn } from './test-files.ts'

/** Sessions, sign-in, forms and credentials. */
export const authMutations: Mutation[] = [
  ...mutationsOf('plugins/seal.ts', [
    [
      'sessions',
      'return content.at + seconds >= Date.now() / 1000 ? content : undefined',
      'return content',
      security,
      'a consent form counts for an hour'
    ],
    [
      'sessions',
      'if (extraParts.length > 0 || sent',
      'if (sent',
      security,
      'a consent form counts in one spelling only'
    ],
    [
      'CSRF',
      'if (!timingSafeEqual(sentSignature, validSignature)) return undefined',
      '',
      cases,
      'a consent form from another site'
    ]
  ]),
  ...mutationsOf('plugins/auth/cookie.ts', [
    ['sessions', "? '__Host-' : ''", "? '' : ''", security, 'over https every cookie'],
    [
      'sessions',
      "const isSecure = publicUrl.startsWith('https:')",
      'const isSecure = false',
      security,
      'over https every cookie'
    ],
    [
      'sessions',
      'return sentCookies.length === 1 ?',
      'return sentCookies.length >= 1 ?',
      cases,
      'two session cookies'
    ]
  ]),
  ...mutationsOf('plugins/auth/session.ts', [
    [
      'sessions',
      'if (formerToken !== undefined) await deleteSession(app.db, formerToken)',
      '',
      cases,
      'sign-in starts a new session'
    ],
    [
      'CSRF',
      '(fetchSite !== undefined && !isOwnForm) ||',
      '',
      signIn,
      'a form from elsewhere is refused'
    ],
    [
      'CSRF',
      "if (origin === 'null') return isOwnForm",
      "if (origin === 'null') return true",
      signIn,
      'a form from elsewhere is refused'
    ]
  ]),
  ...mutationsOf('plugins/auth/known-browser.ts', [
    [
      'limits',
      'accounts.includes(userId) ?',
      'userId ?',
      signIn,
      'strangers do not hold up a browser'
    ]
  ]),
  ...mutationsOf('plugins/auth/sign-in.ts', [
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
      ': [{ subject: `browser ${browserName} ${account}`, free: 5,',
      ': [{ subject: `browser ${browserName} ${account}`, free: 5000,',
      signIn,
      'strangers do not hold up a browser'
    ]
  ]),
  ...mutationsOf('plugins/auth/index.ts', [
    [
      'CSRF',
      "if ((form ?? formOf(request)).get('csrf') !== csrf(session))",
      "if (formOf(request).get('csrf') === undefined)",
      'test/routes/settings/password.test.ts',
      'a wrong current password'
    ]
  ]),
  ...mutationsOf('plugins/auth/credential.ts', [
    [
      'authorization',
      'if (!isAudience(accessToken.resource))',
      "if (accessToken.resource === '')",
      cases,
      'a token for another resource'
    ],
    [
      'scopes',
      'commonGroups(permissionsOf(token.scope), grantable)',
      'permissionsOf(token.scope)',
      'test/plugins/oauth-server/narrowing.test.ts',
      'a narrower client narrows live tokens'
    ]
  ])
]
