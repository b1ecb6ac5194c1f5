import { type Mutation, mutationsOf } from './mutation.ts'

const hostileText = 'test/prove/hostile-text.prove.ts'
const runsNothing = 'no page runs what apps, people and strangers wrote'
const otherOrigin = 'test/browser/other-origin.test.ts'

/** What a browser keeps from scripts in memories, and from pages of other origins. */
export const browserMutations: Mutation[] = [
  ...mutationsOf('plugins/console/markdown.ts', [
    ['XSS', '(url) => safeAddress.test(url.trim())', '() => true', hostileText, runsNothing],
    ['XSS', 'html: false', 'html: true', hostileText, runsNothing],
    ['XSS', "name !== 'style'", "name !== ''", hostileText, runsNothing]
  ]),
  ...mutationsOf('views/memories/row.eta', [
    [
      'XSS',
      '} else { %><%= it.safeLine(text) %>',
      '} else { %><%~ it.safeLine(text) %>',
      hostileText,
      runsNothing
    ],
    ['XSS', '<bdi><%= name %></bdi></a>', '<bdi><%~ name %></bdi></a>', hostileText, runsNothing]
  ]),
  ...mutationsOf('views/admin/audit.eta', [
    [
      'XSS',
      '<%= it.revealInvisible(JSON.stringify(entry.details))',
      '<%~ it.revealInvisible(JSON.stringify(entry.details))',
      hostileText,
      runsNothing
    ]
  ]),
  ...mutationsOf('plugins/auth/session.ts', [
    [
      'CSRF',
      '(fetchSite !== undefined && !isOwnForm) || !isOwnOrigin(request, isOwnForm)',
      "fetchSite === ''",
      otherOrigin,
      'forms of another port of the same site change nothing'
    ]
  ]),
  ...mutationsOf('plugins/auth/index.ts', [
    [
      'CSRF',
      "if ((form ?? formOf(request)).get('csrf') !== csrf(session))",
      'if (form === formOf(request))',
      'test/routes/attacker.test.ts',
      'a form without its secret'
    ]
  ]),
  ...mutationsOf('plugins/notices.ts', [
    [
      'CSRF',
      "destination === 'document'",
      "destination !== 'empty'",
      otherOrigin,
      'no page can be framed'
    ]
  ])
]
