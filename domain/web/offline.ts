import { ToolError } from '../../lib/tool-error.ts'
import type { WebAccess } from './access.ts'

/** Web access of a server with WEB_TOOLS=false: refuses every request. */
export const offlineWeb: WebAccess = {
  providers: new Set(),
  quota: { pages: 0, brave: 0, arxiv: 0, youtube: 0 },
  readPage: refuseOffline,
  ask: refuseOffline
}

async function refuseOffline(): Promise<never> {
  throw new ToolError(
    'This server has no access to the web. Its operator can allow it with WEB_TOOLS=true.'
  )
}
