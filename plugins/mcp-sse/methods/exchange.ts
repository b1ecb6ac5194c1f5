import type { Progress } from '../../../domain/context.ts'
import type { Canceller } from '../../tool-calls/index.ts'
import type { InputExchange } from './input.ts'

/** What passes between client and server while a request runs. Each part is there if it can be. */
export interface Exchange {
  progress?: Progress | undefined
  log?: ((level: string, data: unknown) => void) | undefined
  canceller?: Canceller | undefined
  input?: InputExchange | undefined
}
