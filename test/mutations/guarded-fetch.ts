import { type Mutation, mutationsOf } from './mutation.ts'

const guardedFetch = 'test/plugins/guarded-fetch.test.ts'

/** What this server fetches from the web. */
export const guardedFetchMutations: Mutation[] = [
  ...mutationsOf('plugins/guarded-fetch/addresses.ts', [
    ['SSRF', "if (range !== 'unicast') return range", '', guardedFetch, 'an address is public only']
  ]),
  ...mutationsOf('plugins/guarded-fetch/index.ts', [
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
  ...mutationsOf('plugins/guarded-fetch/body.ts', [
    [
      'limits',
      'if (size > maxBytes) throw tooLarge',
      '',
      guardedFetch,
      'what is too big, too slow or never ends'
    ]
  ])
]
