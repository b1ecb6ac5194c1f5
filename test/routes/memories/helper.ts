import type { User } from '../../../db/people/users.ts'
import type { Running } from '../../support/running.ts'
import type { Page, Visitor } from '../../support/visitor.ts'

/** The present state of the memory under a key, or undefined. */
export function memoryOf({ app }: Running, { user_id: userId }: User, key: string) {
  return app.db
    .selectFrom('memories')
    .selectAll()
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirst()
}

/** The ids of memories under these keys. */
export async function idsOf(running: Running, user: User, ...keys: string[]): Promise<string[]> {
  const memories = await Promise.all(keys.map((key) => memoryOf(running, user, key)))
  return memories.map((memory) => memory!.memory_id)
}

/** The hidden value of the forms of this browser. */
export async function csrfOf(visitor: Visitor): Promise<string> {
  const page = await visitor.get('/memories/new')
  return /name="csrf" value="([^"]+)"/.exec(page.html)![1]!
}

/** Sends an action for selected memories, as the lists do. */
export async function change(
  visitor: Visitor,
  ids: string[],
  fields: Record<string, string>
): Promise<Page> {
  return visitor.post('/memories/change', [
    ['csrf', await csrfOf(visitor)],
    ...ids.map((id): [string, string] => ['memory_id', id]),
    ...Object.entries(fields)
  ])
}

/** Sends the Undo form of a page. */
export function undo(visitor: Visitor, page: Page): Promise<Page> {
  const form = page.forms.find(({ action }) => action === '/memories/undo')
  if (!form) throw new Error(`No undo on ${page.url}:\n${page.html}`)
  return visitor.send(form)
}
