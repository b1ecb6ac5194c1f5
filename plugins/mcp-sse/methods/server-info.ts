import type { FastifyInstance } from 'fastify'
import { version } from '../../../lib/version.ts'
import type { RpcParams } from '../messages.ts'
import { largeIcon, touchIcon } from '../../consent-views/assets.ts'
import type { McpService } from './method-call.ts'

/** Who this server is, in short. */
export const serverInfo = { name: 'kagura-memory', title: 'Kagura Memory', version }

/** The same with icons, for the answers that introduce the server. */
export function introduction({ publicUrl }: FastifyInstance): object {
  return { ...serverInfo, websiteUrl: publicUrl, icons: serverIcons(publicUrl) }
}

/** Clients take icons by https only, or as data. */
function serverIcons(publicUrl: string): object[] {
  const mimeType = 'image/png'
  if (!publicUrl.startsWith('https:')) {
    const encodedIcon = touchIcon.content.toString('base64')
    return [{ src: `data:${mimeType};base64,${encodedIcon}`, mimeType, sizes: ['180x180'] }]
  }
  return [
    { src: publicUrl + touchIcon.url, mimeType, sizes: ['180x180'] },
    { src: publicUrl + largeIcon.url, mimeType, sizes: ['512x512'] }
  ]
}

/** What this server can do, in every revision. */
export function serverCapabilities({ fixtures }: McpService): Record<string, RpcParams> {
  return {
    tools: { listChanged: true },
    resources: {},
    prompts: {},
    completions: {},
    ...(fixtures?.capabilities as Record<string, RpcParams>)
  }
}
