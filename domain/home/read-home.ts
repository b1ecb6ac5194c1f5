import { findMemoryUsage, type MemoryUsage } from '../../db/memory/usage.ts'
import type { DataContext } from '../context.ts'

export interface Home {
  usage: MemoryUsage
}

/** What the first page says about the memory of a person. Its cost does not grow with it. */
export async function readHome({ db, principal }: DataContext): Promise<Home> {
  return { usage: await findMemoryUsage(db, principal.user_id) }
}
