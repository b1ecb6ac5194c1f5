import { type Compilable, type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely'
import pg from 'pg'
import { CancellableClient } from './cancel.ts'
import type { LookupLane } from './lane.ts'
import { boundNamespaces } from './namespaces/index.ts'
import type { Database } from '../schema/index.ts'

type Db = Kysely<Database>

/** Placeholders for the values of a statement, by their types. */
export type Slots<V> = { [K in keyof V]: RawBuilder<V[K]> }
type StatementValues = Record<string, unknown>
type BuildStatement<V, R> = (db: Db, slots: Slots<V>) => Compilable<R>

/** A placeholder for a value that is known when the statement runs. */
class ValueSlot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Names of the prepared statements, by their text. */
const statementNames = new Map<string, string>()
const poolLanes = new WeakMap<Db, LookupLane>()

/**
 * Prepares a statement that runs often: it is compiled once, and PostgreSQL parses and plans it
 * once per connection. `build` gets a slot for each value. It must list its columns: a later
 * migration may change the result of `select *` under a prepared statement.
 */
export function prepareStatement<V extends StatementValues, R extends object>(
  name: string,
  build: BuildStatement<V, R>
): (db: Db, values: V) => Promise<R[]> {
  const compiledStatement = compileOnce(name, build)
  return async (db, values) => {
    const compiledQuery = compiledStatement(db)
    const parameters = fillSlots(compiledQuery.parameters, values)
    return (await db.executeQuery<R>({ ...compiledQuery, parameters })).rows
  }
}

/**
 * Prepares a statement that never waits for a lock. Outside a transaction it runs in the lane of
 * the pool, if there is one.
 */
export function prepareInLane<V extends StatementValues, R extends object>(
  name: string,
  build: BuildStatement<V, R>
): (db: Db, values: V) => Promise<R[]> {
  const compiledStatement = compileOnce(name, build)
  const runPrepared = prepareStatement(name, build)
  return async (db, values) => {
    const lookupLane = poolLanes.get(db)
    if (!lookupLane) return runPrepared(db, values)
    const { sql: text, parameters } = compiledStatement(db)
    return lookupLane.query<R>({ name, text, values: fillSlots(parameters, values) })
  }
}

/** Values in the place of slots, for a statement of which there are too many kinds to prepare. */
export function valueSlots<V extends StatementValues>(values: V): Slots<V> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, sql.val(value)])
  ) as Slots<V>
}

/** Sends what `prepareInLane` prepares through this lane, for all later calls on the pool. */
export function openLane(db: Db, lane: LookupLane): void {
  poolLanes.set(db, lane)
}

function compileOnce<V extends StatementValues, R>(
  name: string,
  build: BuildStatement<V, R>
): (db: Db) => CompiledQuery<R> {
  const slots = new Proxy(
    {},
    { get: (_, slot) => sql.val(new ValueSlot(String(slot))) }
  ) as Slots<V>
  let compiledQuery: CompiledQuery<R> | undefined
  return (db) => {
    // It is another query for each caller.
    if (boundNamespaces(db)) return build(db, slots).compile()
    if (compiledQuery === undefined) {
      compiledQuery = build(db, slots).compile()
      statementNames.set(compiledQuery.sql, name)
    }
    return compiledQuery
  }
}

function fillSlots(parameters: readonly unknown[], values: StatementValues): unknown[] {
  return parameters.map((value) => (value instanceof ValueSlot ? values[value.name] : value))
}

/**
 * A PostgreSQL connection that keeps prepared statements. It closes if an answer does not come in
 * time (`query_timeout`), because its next user would wait as well. The embedded database shares
 * one session between all connections, so statement names would clash there.
 */
export class PreparingClient extends CancellableClient {
  /**
   * Whether PostgreSQL lets statements run without limit, for example to build an index. Then this
   * client sets no limit either.
   */
  #unlimited = false

  override query = ((text: string | pg.QueryConfig, values?: unknown[], ...more: []) => {
    const statementName = typeof text === 'string' ? statementNames.get(text) : undefined
    if (text === LIFT_STATEMENT_LIMIT) this.#unlimited = true
    const queryInput = this.#unlimited
      ? { text: text as string, query_timeout: DAY_MS }
      : statementName === undefined
        ? (text as string)
        : { name: statementName, text: text as string }
    const queryAnswer = this.stopWithCall(super.query(queryInput, values, ...more))
    if (text === RESET_STATEMENT_LIMIT) this.#unlimited = false
    if (queryAnswer instanceof Promise) {
      queryAnswer.catch(({ message }: Error) => {
        if (message === SILENCE_MESSAGE) this.connection.stream.destroy()
      })
    }
    return queryAnswer
  }) as pg.Client['query']
}

/** Lifts the statement time limit of a connection, and restores it. */
export const LIFT_STATEMENT_LIMIT = 'set statement_timeout = 0'
export const RESET_STATEMENT_LIMIT = 'reset statement_timeout'
const DAY_MS = 86_400_000

/**
 * Runs work whose statements may take as long as they need, on one connection or in a transaction.
 * The embedded database recognises the same two statements.
 */
export async function withoutLimit<T>(connection: Db, work: () => Promise<T>): Promise<T> {
  await sql.raw(LIFT_STATEMENT_LIMIT).execute(connection)
  try {
    return await work()
  } finally {
    // A failed transaction refuses this, and restores the setting itself.
    await sql
      .raw(RESET_STATEMENT_LIMIT)
      .execute(connection)
      .catch(() => {})
  }
}

/** The error message of pg when `query_timeout` is over. */
const SILENCE_MESSAGE = 'Query read timeout'
