import { type Compilable, type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely'
import pg from 'pg'
import { CancellableClient } from './cancel.ts'
import type { Lane } from './lane.ts'
import type { Database } from '../schema/index.ts'

type Db = Kysely<Database>

/** The values of a statement, of those types, before they are known. */
export type Slots<V> = { [K in keyof V]: RawBuilder<V[K]> }
type Values = Record<string, unknown>
type Build<V, R> = (db: Db, slots: Slots<V>) => Compilable<R>

/** Stands for a value that comes when the statement is run. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** The names under which PostgreSQL keeps the statements, by their texts. */
const names = new Map<string, string>()
const lanes = new WeakMap<Db, Lane>()

/**
 * A statement that is run often: built and compiled once, and parsed and planned by PostgreSQL once
 * for each connection. `build` gets a slot for each value. It must name its columns: the result of
 * `select *` may change under a kept statement when another version migrates.
 */
export function prepared<V extends Values, R extends object>(
  name: string,
  build: Build<V, R>
): (db: Db, values: V) => Promise<R[]> {
  const compiled = compiledOnce(name, build)
  return async (db, values) =>
    (await db.executeQuery<R>({ ...compiled(db), parameters: filled(compiled(db), values) })).rows
}

/**
 * The same for what waits for nobody: outside of a transaction it is asked in the lane, where there
 * is one.
 */
export function inLane<V extends Values, R extends object>(
  name: string,
  build: Build<V, R>
): (db: Db, values: V) => Promise<R[]> {
  const compiled = compiledOnce(name, build)
  const run = prepared(name, build)
  return async (db, values) =>
    lanes
      .get(db)
      ?.query<R>({ name, text: compiled(db).sql, values: filled(compiled(db), values) }) ??
    run(db, values)
}

/** From now on what is asked `inLane` of this pool goes there. */
export function openLane(db: Db, lane: Lane): void {
  lanes.set(db, lane)
}

function compiledOnce<V extends Values, R>(
  name: string,
  build: Build<V, R>
): (db: Db) => CompiledQuery<R> {
  let compiled: CompiledQuery<R> | undefined
  return (db) => {
    if (compiled === undefined) {
      compiled = build(
        db,
        new Proxy({}, { get: (_, slot) => sql.val(new Slot(String(slot))) }) as Slots<V>
      ).compile()
      names.set(compiled.sql, name)
    }
    return compiled
  }
}

function filled({ parameters }: CompiledQuery, values: Values): unknown[] {
  return parameters.map((value) => (value instanceof Slot ? values[value.name] : value))
}

/**
 * A connection of PostgreSQL that keeps what is prepared, and is closed when an answer does not
 * come (`query_timeout`): whoever got it next would wait as well. The embedded database has one
 * session, which all share: there a name would clash.
 */
export class PreparingClient extends CancellableClient {
  /**
   * Whether PostgreSQL was told to let statements run on, as it is for making an index: then they
   * are not given up here either.
   */
  #unlimited = false

  override query = ((text: string | pg.QueryConfig, values?: unknown[], ...more: []) => {
    const name = typeof text === 'string' ? names.get(text) : undefined
    if (text === UNLIMITED) this.#unlimited = true
    const asked = this.#unlimited
      ? { text: text as string, query_timeout: DAY_MS }
      : name === undefined
        ? (text as string)
        : { name, text: text as string }
    const answer = this.stopWithCall(super.query(asked, values, ...more))
    if (text === LIMITED) this.#unlimited = false
    if (answer instanceof Promise) {
      answer.catch(({ message }: Error) => {
        if (message === SILENT) this.connection.stream.destroy()
      })
    }
    return answer
  }) as pg.Client['query']
}

/** Lifts PostgreSQL's limit on the statements of a connection, and puts it back. */
export const UNLIMITED = 'set statement_timeout = 0'
export const LIMITED = 'reset statement_timeout'
const DAY_MS = 86_400_000

/**
 * Does work whose statements may take as long as they need, on one connection or in a transaction:
 * the embedded database reads the same two statements.
 */
export async function withoutLimit<T>(connection: Db, work: () => Promise<T>): Promise<T> {
  await sql.raw(UNLIMITED).execute(connection)
  try {
    return await work()
  } finally {
    // A failed transaction refuses this, and takes the setting back itself.
    await sql
      .raw(LIMITED)
      .execute(connection)
      .catch(() => {})
  }
}

/** What pg says when `query_timeout` is over. */
const SILENT = 'Query read timeout'
