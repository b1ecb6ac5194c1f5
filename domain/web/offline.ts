import { ToolError } from '../../lib/tool-error.ts'
import type { WebAccess } from './access.ts'

/** No way out at all. */
export const offlineWeb: WebAccess = {
  providers: new Set(),
  quota: { pages: 0, brave: 0, arxiv: 0, youtube: 0 },
  readPage: refuseOffline,
  ask: refuseOffline
}

async function refuseOffline(): Promise<never> {
  throw new ToolError(
    'This server may not reach the web. Its operator can allow it: WEB_TOOLS=true.'
  )
}
