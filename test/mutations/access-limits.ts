import { type Mutation, mutationsOf } from './mutation.ts'

const rewriting = 'test/db/connection/namespaces.test.ts'
const everyTool = 'test/tools/namespaces.test.ts'
const overHttp = 'test/plugins/oauth-server/access-limits.test.ts'

const reading = 'every way to read a table is limited'
const changing = 'every change is limited'
const refusing = 'what cannot be limited is refused'
const reachesNothing = 'an app of one namespace reaches nothing of the others'
const independent = 'what a bound app finds of its own does not depend on the others'

/** What a person allows an app or a key within its scope. */
export const accessLimitMutations: Mutation[] = [
  ...mutationsOf('db/connection/namespaces/rewriter.ts', [
    [
      'isolation',
      'froms: froms.map((source) => this.#limitSource(source))',
      'froms',
      rewriting,
      reading
    ],
    ['isolation', 'table: this.#limitSource(join.table)', '', rewriting, reading],
    [
      'isolation',
      'TableNode.is(part) ? (this.#relationOf(part) ?? part) : part',
      'part',
      rewriting,
      reading
    ],
    ['isolation', '...this.#limitRows(changed, update.where)', '', rewriting, changing],
    ['isolation', '...this.#limitRows(deleted, deletion.where)', '', rewriting, changing],
    ['isolation', 'if (movesAway)', 'if (false)', rewriting, changing],
    ['isolation', 'this.#requireOwnRows(node)', '', rewriting, changing],
    ['isolation', 'if (nameAsText !== undefined)', 'if (false)', rewriting, refusing],
    ['isolation', 'if (rule) return rule', "return rule ?? { kind: 'open' }", rewriting, refusing]
  ]),
  ...mutationsOf('db/connection/namespaces/table-rules.ts', [
    [
      'isolation',
      "memory_versions: { kind: 'rows', condition: isInNamespaces }",
      'memory_versions: open',
      everyTool,
      reachesNothing
    ],
    [
      'isolation',
      "memory_postings: { kind: 'rows', condition: isOfOwnMemory }",
      'memory_postings: open',
      everyTool,
      independent
    ],
    [
      'isolation',
      "memory_totals: { kind: 'relation', query: ownTotals }",
      'memory_totals: open',
      everyTool,
      independent
    ],
    [
      'isolation',
      "graph_nodes: { kind: 'rows', condition: isVisibleNode }",
      'graph_nodes: open',
      everyTool,
      reachesNothing
    ],
    [
      'isolation',
      "graph_edges: { kind: 'rows', condition: isVisibleEdge }",
      'graph_edges: open',
      rewriting,
      reading
    ]
  ]),
  ...mutationsOf('db/connection/prepared.ts', [
    [
      'isolation',
      'if (boundNamespaces(db)) return build(db, slots).compile()',
      '',
      rewriting,
      'a prepared statement is not shared between callers'
    ]
  ]),
  ...mutationsOf('db/graph/edges.ts', [
    [
      'isolation',
      'if (boundNamespaces(trx) && ',
      'if (false && ',
      everyTool,
      'a bound app stores in its first namespace'
    ]
  ]),
  ...mutationsOf('tools/tool.ts', [
    ['isolation', 'limitContext(callContext)', 'callContext', everyTool, reachesNothing],
    [
      'isolation',
      'requireOwnNamespace(namedArguments, context.principal)',
      '',
      everyTool,
      reachesNothing
    ]
  ]),
  ...mutationsOf('tools/index.ts', [
    [
      'isolation',
      '!(tool.wholePersonOnly && namespaces) &&',
      '',
      overHttp,
      'an app of one namespace: tools, REST, resources, prompts and completions'
    ]
  ]),
  ...mutationsOf('tools/scopes.ts', [
    [
      'scopes',
      ".filter((permission) => access === 'full' || isReading(permission))",
      '',
      overHttp,
      'an app that may only read'
    ],
    [
      'scopes',
      'namespaces === null || mayGoBeyond ? toolGroups : namespacedGroups',
      'toolGroups',
      overHttp,
      'an app of one namespace: tools'
    ]
  ]),
  ...mutationsOf('plugins/mcp-sse/methods/resources.ts', [
    [
      'isolation',
      'return limitContext({ db, principal })',
      'return { db, principal }',
      overHttp,
      'an app of one namespace: tools'
    ]
  ]),
  ...mutationsOf('plugins/auth/credential.ts', [
    [
      'scopes',
      'permissions: limitPermissions(granted, limits), scope,',
      'permissions: granted, scope,',
      overHttp,
      'a key is limited in the same way'
    ],
    [
      'isolation',
      'scope: token.scope, namespaces: limits.namespaces,',
      'scope: token.scope, namespaces: null,',
      overHttp,
      'an app of one namespace: tools'
    ]
  ]),
  ...mutationsOf('plugins/oauth-server/authorize/index.ts', [
    [
      'authorization',
      'const { consentedAt, limits } = earlierConsent!',
      "const { consentedAt } = earlierConsent!; const limits = { access: 'full' as const, namespaces: null, beyond_namespaces: false, groups: null }",
      overHttp,
      'a remembered decision keeps the limits'
    ]
  ])
]
