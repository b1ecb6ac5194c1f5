import { jsonOf } from '../messages.ts'
import { serverInfo } from '../methods/server-info.ts'
import { metaKeys } from './classify.ts'

const MINUTE_MS = 60_000

/**
 * How long clients may keep a result, and for whom (2026-07-28, Caching). Lists are short-lived,
 * because some clients keep a list too long anyway.
 */
const cacheHints: Readonly<Record<string, { ttlMs: number; cacheScope: 'public' | 'private' }>> = {
  'server/discover': { ttlMs: 5 * MINUTE_MS, cacheScope: 'public' },
  'tools/list': { ttlMs: MINUTE_MS, cacheScope: 'private' },
  'prompts/list': { ttlMs: MINUTE_MS, cacheScope: 'private' },
  'resources/templates/list': { ttlMs: MINUTE_MS, cacheScope: 'private' },
  'resources/list': { ttlMs: 0, cacheScope: 'private' },
  'resources/read': { ttlMs: 0, cacheScope: 'private' }
}

const serverMeta = { [metaKeys.serverInfo]: serverInfo }
const metaText = `"_meta":${JSON.stringify(serverMeta)}`

/** The members before those of a result, as text, by method. */
const stamps = new Map(
  Object.entries(cacheHints).map(([method, hints]) => [method, stampOf('complete', hints)])
)
const completeStamp = stampOf('complete')
const inputStamp = stampOf('input_required')

function stampOf(resultType: string, hints: object = {}): string {
  return JSON.stringify({ resultType, ...hints }).slice(1, -1)
}

/**
 * The text of a result with what 2026-07-28 wants on it: its type, the server, and how long it may
 * be kept. Results that are text already stay text.
 */
export function stampResult(method: string, result: object): string {
  return withStamp(stamps.get(method) ?? completeStamp, result)
}

/** The same for a result that asks the client before the real one. */
export function stampQuestion(result: object): string {
  return withStamp(inputStamp, result)
}

function withStamp(stamp: string, result: object): string {
  if ('_meta' in result) {
    const _meta = { ...serverMeta, ...(result._meta as object) }
    return `{${stamp},${JSON.stringify({ ...result, _meta }).slice(1)}`
  }
  const text = jsonOf(result)
  return text === '{}' ? `{${stamp},${metaText}}` : `{${stamp},${metaText},${text.slice(1)}`
}
