import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import Value from 'typebox/value'
import type { Db } from '../../db/connection/connect.ts'
import { addMemoryUses } from '../../db/memory/recall.ts'
import { noAccessLimits, type Source } from '../../db/schema/index.ts'
import { findTool } from '../../tools/index.ts'
import { allPermissions, limitPermissions } from '../../tools/scopes.ts'
import type { CodeQuota, MemoryQuota } from '../../domain/context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { WebAccess } from '../../domain/web/access.ts'
import { offlineWeb } from '../../domain/web/offline.ts'
import { openDatabase, type Settings } from '../support/helper.ts'

export interface Answer {
  answer: any
  text: string
}
/** As generous as the defaults of the settings. */
const QUOTA = { memories: 1e6, bytes: 1e10 }
const CODE_QUOTA = { files: 1e4, bytes: 1e9 }

export interface Caller {
  user_id: string
  email: string
  /**
   * Calls a tool as this user. Throws what the tool throws, and an error if the answer breaks its
   * outputSchema.
   */
  call: (name: string, args?: unknown) => Promise<Answer>
  /** Returns the message of the ToolError of a call; throws if the call succeeds. */
  refusal: (name: string, args?: unknown) => Promise<string>
  /** Returns the same user through another app or key, or with another quota. */
  as: (source: Source, quota?: MemoryQuota, codeQuota?: CodeQuota) => Caller
  /** Returns the same user through an app that is bound to these namespaces. */
  boundTo: (namespaces: string[]) => Caller
  /** Returns the same user with access to the web, which is off by default. */
  online: (web: WebAccess) => Caller
}

let opened: ReturnType<typeof openDatabase> | undefined

/** Makes new users. All calls of a test file share one database; users do not see each other. */
export async function people(
  ...names: string[]
): Promise<{ db: Db; settings: Settings; callers: Caller[] }> {
  const { db, settings } = await (opened ??= openFileDatabase())
  const callers: Caller[] = []
  for (const name of names) callers.push(await caller(db, name))
  return { db, settings, callers }
}

function openFileDatabase(): ReturnType<typeof openDatabase> {
  t.teardown(() => {
    opened = undefined // the next file in this process opens another one
  })
  return openDatabase(t)
}

async function caller(db: Db, name: string): Promise<Caller> {
  const user = await db
    .insertInto('users')
    .values({ email: `${randomUUID()}@example.com`, name })
    .returning(['user_id', 'email'])
    .executeTakeFirstOrThrow()
  return through(db, user, { kind: 'api_key', name: `key of ${name}`, key_id: 'k1' })
}

/** Counts at once what the service counts a second later. */
async function countUse(db: Db, userId: string, memoryId: string): Promise<void> {
  const use = { user_id: userId, memory_id: memoryId, uses: 1, last_used: new Date() }
  while ((await addMemoryUses(db, [use])).size === 0) await setTimeout(1)
}

function through(
  db: Db,
  user: { user_id: string; email: string },
  source: Source,
  quota: MemoryQuota = QUOTA,
  codeQuota: CodeQuota = CODE_QUOTA,
  web: WebAccess = offlineWeb,
  namespaces: string[] | null = null
): Caller {
  const principal = {
    user_id: user.user_id,
    role: 'user' as const,
    permissions: limitPermissions(new Set(allPermissions), { ...noAccessLimits, namespaces }),
    source,
    namespaces
  }

  async function call(name: string, args: unknown = {}): Promise<Answer> {
    const tool = findTool(name)
    if (!tool) throw new Error(`There is no tool ${name}`)
    const used: string[] = []
    const context = {
      db,
      principal,
      countUse: (memoryId: string) => used.push(memoryId),
      quota,
      codeQuota,
      publicUrl: 'https://memory.example',
      web,
      github: { issue: async () => undefined },
      signal: new AbortController().signal,
      history: { keeping: true, days: 30 }
    }
    const { answer, text } = await tool.call(args, context)
    for (const memoryId of used) await countUse(db, user.user_id, memoryId)
    const [error] = Value.Errors(tool.output, JSON.parse(JSON.stringify(answer)))
    if (error) {
      throw new Error(
        `The answer of ${name} breaks its outputSchema: ${error.instancePath} ${error.message}`
      )
    }
    return { answer, text }
  }

  async function refusal(name: string, args?: unknown): Promise<string> {
    try {
      await call(name, args)
    } catch (error) {
      if (error instanceof ToolError) return error.message
      throw error
    }
    throw new Error(`${name} was expected to refuse`)
  }

  return {
    ...user,
    call,
    refusal,
    as: (source, quota, codeQuota) => through(db, user, source, quota, codeQuota, web),
    boundTo: (names) => through(db, user, source, quota, codeQuota, web, names),
    online: (web) => through(db, user, source, quota, codeQuota, web)
  }
}

/** Expires a live memory directly, because no call may set an expiry in the past. */
export async function expire(db: Db, { user_id: userId }: Caller, key: string): Promise<void> {
  await db
    .updateTable('memories')
    .set({ expires_at: new Date('2001-01-01') })
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirstOrThrow()
}
