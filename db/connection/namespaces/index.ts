import type {
  Kysely,
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryResult,
  RootOperationNode,
  UnknownRow
} from 'kysely'
import type { Database } from '../../schema/index.ts'
import { NamespaceRewriter } from './rewriter.ts'
import type { BoundOwner } from './table-rules.ts'

export { NamespaceLimitError } from './rewriter.ts'

type Db = Kysely<Database>

/** Rewrites each query of a bound caller before it is compiled. */
class NamespaceLimit implements KyselyPlugin {
  readonly owner: BoundOwner
  readonly #rewriter: NamespaceRewriter

  constructor(owner: BoundOwner) {
    this.owner = owner
    this.#rewriter = new NamespaceRewriter(owner)
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    return this.#rewriter.transformNode(node, queryId)
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result
  }
}

/**
 * The database as a caller sees it who is bound to some namespaces of its user's memories. Queries,
 * also those of transactions, find only rows of these namespaces. A query that cannot be limited
 * throws NamespaceLimitError.
 */
export function limitToNamespaces<D extends Db>(db: D, owner: BoundOwner): D {
  if (boundNamespaces(db)) return db
  return db.withPlugin(new NamespaceLimit(owner)) as D
}

/** The namespaces that this connection is bound to; undefined if it sees all. */
export function boundNamespaces(db: Db): readonly string[] | undefined {
  return db.getExecutor().plugins.find((plugin) => plugin instanceof NamespaceLimit)?.owner
    .namespaces
}
