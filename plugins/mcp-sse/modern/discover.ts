import type { MethodCall } from '../methods/method-call.ts'
import { serverInstructions } from '../../../tools/instructions.ts'
import { introduction } from '../methods/server-info.ts'
import { metaKeys, modernVersions } from './classify.ts'

/**
 * Introduces the server. It names modern revisions only: a client would use each of them in the form
 * of 2026-07-28.
 */
export function discover({ mcp: { app, fixtures } }: MethodCall): object {
  return {
    supportedVersions: modernVersions,
    capabilities: {
      tools: { listChanged: true },
      resources: {},
      prompts: {},
      completions: {},
      ...fixtures?.capabilities
    },
    instructions: serverInstructions,
    _meta: { [metaKeys.serverInfo]: introduction(app) }
  }
}
