import {
  AliasNode,
  AndNode,
  ColumnNode,
  type DeleteQueryNode,
  type FromNode,
  IdentifierNode,
  type InsertQueryNode,
  type JoinNode,
  type MergeQueryNode,
  type OperationNode,
  OperationNodeTransformer,
  type QueryId,
  type RawNode,
  SelectQueryNode,
  sql,
  TableNode,
  type UpdateQueryNode,
  type UsingNode,
  ValueNode,
  ValuesNode,
  WhereNode,
  type WithNode
} from 'kysely'
import { type BoundOwner, type TableRule, tableRules } from './table-rules.ts'

/** A query of a bound caller that reaches a table which cannot be limited. Never its own fault. */
export class NamespaceLimitError extends Error {
  override name = 'NamespaceLimitError'
}

const limitedTables = Object.entries(tableRules)
  .filter(([, rule]) => rule.kind !== 'open')
  .map(([table]) => table)
/** A limited table as text, where no rewriting finds it. */
const tableAsText = new RegExp(
  String.raw`(?:\b(?:from|join|into|update|using|table|only)|,)\s+"?(?:${limitedTables.join('|')})\b` +
    String.raw`(?!\s*\.)`,
  'i'
)

/**
 * Puts the rule of its table in place of each table that a query reads, and adds it to each row
 * that it changes. A query may pass twice: builders transform subqueries on their own first.
 */
export class NamespaceRewriter extends OperationNodeTransformer {
  readonly #owner: BoundOwner
  /** Names that `with` defines around the current node. */
  #queryNames: readonly string[] = []
  /** What this rewriter wrote, and must not rewrite. */
  readonly #written = new WeakSet<OperationNode>()

  constructor(owner: BoundOwner) {
    super()
    this.#owner = owner
  }

  protected override transformNodeImpl<T extends OperationNode>(node: T, queryId?: QueryId): T {
    const outerNames = this.#queryNames
    const { with: withNode } = node as { with?: WithNode }
    if (withNode) {
      this.#queryNames = [
        ...outerNames,
        ...withNode.expressions.map(({ name }) => name.table.table.identifier.name)
      ]
    }
    const transformed = super.transformNodeImpl(node, queryId)
    this.#queryNames = outerNames
    return transformed
  }

  protected override transformFrom(node: FromNode, queryId?: QueryId): FromNode {
    const { froms, ...from } = super.transformFrom(node, queryId)
    return { ...from, froms: froms.map((source) => this.#limitSource(source)) }
  }

  protected override transformJoin(node: JoinNode, queryId?: QueryId): JoinNode {
    const join = super.transformJoin(node, queryId)
    return { ...join, table: this.#limitSource(join.table) }
  }

  protected override transformUsing(node: UsingNode, queryId?: QueryId): UsingNode {
    const using = super.transformUsing(node, queryId)
    return { ...using, tables: using.tables.map((source) => this.#limitSource(source)) }
  }

  protected override transformUpdateQuery(
    node: UpdateQueryNode,
    queryId?: QueryId
  ): UpdateQueryNode {
    const update = super.transformUpdateQuery(node, queryId)
    const changed = update.table && namedTable(update.table)
    if (!changed) throw new NamespaceLimitError('an update of several tables cannot be limited')
    const movesAway = update.updates?.some(
      ({ column, value }) =>
        ColumnNode.is(column) && column.column.name === 'agent_name' && !this.#isOwnName(value)
    )
    if (movesAway) throw new NamespaceLimitError('a bound caller moves no rows to other namespaces')
    return { ...update, ...this.#limitRows(changed, update.where) }
  }

  protected override transformDeleteQuery(
    node: DeleteQueryNode,
    queryId?: QueryId
  ): DeleteQueryNode {
    // The table that loses rows stays itself, and `where` limits it.
    const deletion = super.transformDeleteQuery({ ...node, from: noSources }, queryId)
    const deleted = node.from.froms.length === 1 ? namedTable(node.from.froms[0]!) : undefined
    if (!deleted) throw new NamespaceLimitError('a deletion from several tables cannot be limited')
    return { ...deletion, from: node.from, ...this.#limitRows(deleted, deletion.where) }
  }

  protected override transformInsertQuery(
    node: InsertQueryNode,
    queryId?: QueryId
  ): InsertQueryNode {
    const rule = node.into && this.#ruleOf(node.into)
    if (!rule) throw new NamespaceLimitError('an insertion needs a table')
    this.#requireOwnRows(node)
    return super.transformInsertQuery(node, queryId)
  }

  protected override transformMergeQuery(_node: MergeQueryNode): MergeQueryNode {
    throw new NamespaceLimitError('a merge cannot be limited')
  }

  protected override transformRaw(node: RawNode, queryId?: QueryId): RawNode {
    if (this.#written.has(node)) return node
    const nameAsText = node.sqlFragments.map((text) => tableAsText.exec(text)?.[0]).find(Boolean)
    if (nameAsText !== undefined) {
      throw new NamespaceLimitError(`"${nameAsText}" must name its table with sql.table`)
    }
    const { parameters, ...raw } = super.transformRaw(node, queryId)
    return {
      ...raw,
      parameters: parameters.map((part) =>
        TableNode.is(part) ? (this.#relationOf(part) ?? part) : part
      )
    }
  }

  /** A source of rows, with the limited query in place of a table. */
  #limitSource(source: OperationNode): OperationNode {
    const table = namedTable(source)
    const relation = table && this.#relationOf(table.node)
    return relation ? AliasNode.create(relation, IdentifierNode.create(table.name)) : source
  }

  /** What stands for the table in a query; undefined for the table itself. */
  #relationOf(table: TableNode): RawNode | undefined {
    const rule = this.#ruleOf(table)
    if (rule.kind === 'open') return undefined
    if (rule.kind === 'relation') return this.#write(rule.query(this.#owner).toOperationNode())
    const condition = rule.condition(this.#owner, 'limited')
    const name = sql.table(tableName(table))
    return this.#write(
      sql`(select * from ${name} as limited where ${condition})`.toOperationNode() as RawNode
    )
  }

  /** `where` of an update or a deletion, with the rule of its table. */
  #limitRows({ node, name }: NamedTable, where: WhereNode | undefined): { where?: WhereNode } {
    const rule = this.#ruleOf(node)
    if (rule.kind === 'relation') throw new NamespaceLimitError(`${name} takes no changes`)
    if (rule.kind === 'open') return where ? { where } : {}
    const condition = this.#write(rule.condition(this.#owner, name).toOperationNode() as RawNode)
    return {
      where: WhereNode.create(where ? AndNode.create(where.where, condition) : condition)
    }
  }

  /** Inserted values name a namespace of the owner. What a query selects is limited already. */
  #requireOwnRows({ into, columns, values }: InsertQueryNode): void {
    const position = columns?.findIndex(({ column }) => column.name === 'agent_name') ?? -1
    if (!['memories', 'memory_versions'].includes(tableName(into!))) return
    if (values && SelectQueryNode.is(values)) return
    const rows = values && ValuesNode.is(values) ? values.values : []
    if (rows.length > 0 && rows.every((row) => this.#isOwnName(row.values[position]))) return
    throw new NamespaceLimitError('a bound caller stores in its own namespaces only')
  }

  /** Whether the text, or the node with it, is a namespace of the owner. */
  #isOwnName(value: unknown): boolean {
    const name = isNode(value) ? ValueNode.is(value) && value.value : value
    return this.#owner.namespaces.includes(name as string)
  }

  #ruleOf(table: TableNode): TableRule {
    const name = tableName(table)
    const rule = this.#queryNames.includes(name)
      ? ({ kind: 'open' } as const)
      : (tableRules as Record<string, TableRule>)[name]
    if (rule) return rule
    throw new NamespaceLimitError(`a bound caller has no access to ${name}`)
  }

  #write(node: RawNode): RawNode {
    this.#written.add(node)
    return node
  }
}

interface NamedTable {
  node: TableNode
  /** The name in the query: its alias, or the table's own. */
  name: string
}

function namedTable(source: OperationNode): NamedTable | undefined {
  if (TableNode.is(source)) return { node: source, name: tableName(source) }
  if (!AliasNode.is(source) || !TableNode.is(source.node)) return undefined
  const { alias } = source
  return IdentifierNode.is(alias) ? { node: source.node, name: alias.name } : undefined
}

function tableName({ table }: TableNode): string {
  return table.identifier.name
}

function isNode(value: unknown): value is OperationNode {
  return typeof value === 'object' && value !== null && 'kind' in value
}

const noSources: FromNode = { kind: 'FromNode', froms: [] }
