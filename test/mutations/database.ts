import { type Mutation, mutationsOf } from './mutation.ts'
import { endpointAccess, signIn } from './test-files.ts'

/** Queries that keep people apart, and end what has expired or was revoked. */
export const databaseMutations: Mutation[] = [
  ...mutationsOf('db/memory/memories.ts', [
    [
      'isolation',
      "and([eb('user_id', '=', userId), matchesReference(reference), isLive()])",
      'and([matchesReference(reference), isLive()])',
      'test/isolation.test.ts',
      'nothing of one person is visible'
    ]
  ]),
  ...mutationsOf('db/audit/tool-calls.ts', [
    [
      'isolation',
      "selectAll().where('user_id', '=', userId)",
      'selectAll()',
      'test/isolation.test.ts',
      'nothing of one person is visible'
    ]
  ]),
  ...mutationsOf('db/people/sessions.ts', [
    [
      'sessions',
      ".where('expires_at', '>', sql<Date>`now()`)",
      '',
      signIn,
      'a sign-in ends without use'
    ],
    [
      'sessions',
      ".where('sessions.created_at', '>'," +
        ' sql<Date>`now() - make_interval(days => ${sql.lit(MAX_SESSION_DAYS)})`)',
      '',
      signIn,
      'a sign-in ends without use'
    ],
    [
      'sessions',
      ".where('users.disabled_at', 'is', null)",
      '',
      signIn,
      'a sign-in ends without use'
    ]
  ]),
  ...mutationsOf('db/people/api-keys.ts', [
    [
      'authorization',
      "when expires_at <= now() then 'expired'",
      '',
      endpointAccess,
      'a wrong, revoked or expired credential'
    ],
    [
      'authorization',
      "when revoked_at is not null then 'revoked'",
      '',
      endpointAccess,
      'a wrong, revoked or expired credential'
    ]
  ])
]
