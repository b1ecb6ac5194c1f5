import { type Mutation, mutationsOf } from './mutation.ts'

const secondFactor = 'test/routes/login/second-factor.test.ts'
const oidc = 'test/routes/login/oidc.test.ts'
const passkeys = 'test/browser/passkeys.test.ts'
const answerOnce = 'an answer counts once, and only for the challenge'
const copiedDevice = 'a device whose counter goes back'
const validAnswer = 'state, nonce, issuer and signature'
/** What follows in the check of a sign-in, but not in that of a registration. */
const checks = 'expectedRPID: site.rp_id, requireUserVerification: true, credential: {'
const allowedAddress = 'only verified addresses'

/** Second factors, passkeys, the OpenID Connect provider, and recent proofs. */
export const factorMutations: Mutation[] = [
  ...mutationsOf('plugins/sign-in.ts', [
    [
      'sessions',
      'if (!(await app.secondFactor.isSetUp(user.user_id))) {',
      'if (user) {',
      secondFactor,
      'the password alone starts no session'
    ]
  ]),
  ...mutationsOf('db/people/totp-secrets.ts', [
    ['sessions', ".where('last_step', '<', step)", '', secondFactor, 'a code counts once']
  ]),
  ...mutationsOf('domain/sign-in/second-factor.ts', [
    [
      'limits',
      "if (retryAfter > 0) return { reason: 'throttled', retryAfter }",
      '',
      secondFactor,
      'guesses at the code'
    ]
  ]),
  ...mutationsOf('plugins/second-factor.ts', [
    [
      'sessions',
      "if (signIn.password_digest !== secretDigest(user.password_hash ?? '')) return undefined",
      '',
      secondFactor,
      'a pending sign-in ends'
    ],
    [
      'sessions',
      'return consumeChallenge(app.db, `sign-in ${id}`, PENDING_SECONDS)',
      'return id !== undefined',
      secondFactor,
      'a pending sign-in ends'
    ]
  ]),
  ...mutationsOf('routes/login/second-factor/index.ts', [
    [
      'CSRF',
      "|| form.get('factor') !== formToken(app, pending.signIn)",
      '',
      secondFactor,
      'a pending sign-in ends'
    ]
  ]),
  ...mutationsOf('plugins/auth/sealed-cookie.ts', [
    [
      'sessions',
      'content.sealed_at + seconds * 1000 > Date.now() ? content : undefined',
      'content',
      secondFactor,
      'a pending sign-in ends'
    ]
  ]),
  ...mutationsOf('routes/reauthenticate/index.ts', [
    [
      'sessions',
      'if (!(await app.secondFactor.isSetUp(session.user_id))) ' +
        "return { ...proof, method: 'password' }",
      "return { ...proof, method: 'password' }",
      secondFactor,
      'the second factor is set up and turned off'
    ]
  ]),
  ...mutationsOf('plugins/auth/recent.ts', [
    [
      'sessions',
      'if (!session.recently_authenticated) throw',
      "if (returnTo === '') throw",
      secondFactor,
      'the second factor is set up and turned off'
    ]
  ]),
  ...mutationsOf('domain/sign-in/passkeys.ts', [
    [
      'sessions',
      `expectedChallenge: challenge, expectedOrigin: site.origin, ${checks}`,
      `expectedChallenge: () => true, expectedOrigin: site.origin, ${checks}`,
      passkeys,
      answerOnce
    ],
    [
      'sessions',
      `expectedOrigin: site.origin, ${checks}`,
      `expectedOrigin: [site.origin, 'http://localhost:9'], ${checks}`,
      passkeys,
      'an answer that another site got'
    ],
    [
      'sessions',
      'requireUserVerification: true, credential: {',
      'requireUserVerification: false, credential: {',
      passkeys,
      copiedDevice
    ],
    ['sessions', 'await requireUnused(db, challenge, userId)', '', passkeys, answerOnce]
  ]),
  ...mutationsOf('db/people/passkeys.ts', [
    ['sessions', "eb('counter', '<', counter)", "eb('counter', '>=', 0)", passkeys, copiedDevice]
  ]),
  ...mutationsOf('plugins/oidc/index.ts', [
    [
      'CSRF',
      'expectedState: state,',
      "expectedState: answerUrl.searchParams.get('state') ?? '',",
      oidc,
      validAnswer
    ],
    [
      'authorization',
      'if (isVerified !== undefined) return isVerified === true',
      'if (isVerified !== undefined) return true',
      oidc,
      allowedAddress
    ]
  ]),
  ...mutationsOf('domain/sign-in/provider.ts', [
    [
      'authorization',
      "if (!isAllowedEmail(account.email, rules)) return { reason: 'oidc_email_denied' }",
      '',
      oidc,
      allowedAddress
    ],
    [
      'authorization',
      'if (await findIdentity(db, userId, account.issuer)) {',
      "if (userId === '') {",
      oidc,
      allowedAddress
    ],
    [
      'authorization',
      'if (!linkByEmail) return { linkable: user }',
      '',
      oidc,
      'an account with the same address'
    ]
  ]),
  ...mutationsOf('routes/login/oidc/index.ts', [
    [
      'CSRF',
      'if (token !== app.oidc.linkToken(session)) {',
      'if (token === undefined) {',
      oidc,
      'a signed-in person links'
    ]
  ]),
  ...mutationsOf('routes/login/oidc/callback/index.ts', [
    [
      'sessions',
      'if (identity?.user_id !== userId) {',
      "if (userId === '') {",
      oidc,
      'a signed-in person links'
    ]
  ]),
  ...mutationsOf('plugins/guarded-fetch/index.ts', [
    [
      'SSRF',
      'if (origin === operatorOrigin) return hostAddresses',
      'if (operatorOrigin !== undefined) return hostAddresses',
      oidc,
      'the provider may be private'
    ]
  ])
]
