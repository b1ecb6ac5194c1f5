import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

const gc = runInNewContext('gc') as () => void

/**
 * Collects what nobody holds, as happens to a process sooner or later. In another turn: what a
 * WeakRef was asked for is held until the end of this one.
 */
export async function collectGarbage(): Promise<void> {
  await turn()
  gc()
}
