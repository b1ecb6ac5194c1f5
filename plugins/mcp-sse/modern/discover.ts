import type { MethodCall } from '../methods/method-call.ts'
import { serverInstructions } from '../../../tools/instructions.ts'
import { introduction, serverCapabilities } from '../methods/server-info.ts'
import { metaKeys, modernVersions } from './classify.ts'

/**
 * Introduces the server. It names modern revisions only: a client would use each of them in the form
 * of 2026-07-28.
 */
export function discover({ mcp }: MethodCall): object {
  return {
    supportedVersions: modernVersions,
    capabilities: serverCapabilities(mcp),
    instructions: serverInstructions,
    _meta: { [metaKeys.serverInfo]: introduction(mcp.app) }
  }
}
