import type { Caller } from '../caller.ts'

export async function store(caller: Caller, memories: Record<string, string>, more: object = {}) {
  for (const [key, value] of Object.entries(memories)) {
    await caller.call('memory_store', { key, value, ...more })
  }
}

/** Returns the keys that a query finds, best first. */
export const keys = async (caller: Caller, query: string, more: object = {}): Promise<string[]> =>
  (await caller.call('memory_search', { query, ...more })).answer.results.map(
    ({ key }: { key: string }) => key
  )

/** Returns the keys in an answer, in its order. */
export const keysIn = ({ answer }: { answer: any }) =>
  answer.results.map(({ key }: { key: string }) => key)
