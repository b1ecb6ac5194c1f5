import { type Mutation, mutationsOf } from './mutation.ts'

const guardedFetch = 'test/plugins/guarded-fetch.test.ts'

/** What this server fetches from the web. */
export const guardedFetchMutations: Mutation[] = [
  ...mutationsOf('plugins/guarded-fetch/addresses.ts', [
    [
      'SSRF',
      "if (rangeName !== 'unicast') return rangeName",
      '',
      guardedFetch,
      'an address is public only'
    ]
  ]),
  ...mutationsOf('plugins/guarded-fetch/index.ts', [
    [
      'SSRF',
      'for (const address of hostAddresses) {',
      'for (const address of hostAddresses.slice(0, 1)) {',
      guardedFetch,
      'a name with any address that is not public'
    ],
    [
      'SSRF',
      'if (nextUrl.origin !== new URL(currentUrl).origin) {',
      'if (!nextUrl) {',
      guardedFetch,
      'what is sent for one origin'
    ],
    [
      'SSRF',
      'if (parsedUrl.username || parsedUrl.password)',
      'if (!parsedUrl)',
      guardedFetch,
      'a name with any address that is not public'
    ]
  ]),
  ...mutationsOf('plugins/guarded-fetch/body.ts', [
    [
      'limits',
      'if (bodySize > maxBytes) throw tooLarge',
      '',
      guardedFetch,
      'what is too big, too slow or never ends'
    ]
  ])
]
