import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { marketplaceName } from '../../domain/connect/plugin.ts'
import { type ZipFile, zipArchive } from '../../lib/zip.ts'

const SOURCES = join(import.meta.dirname, '../../views/plugin')

/**
 * What each archive is made of: folders of views/plugin/, later ones beside earlier ones. Codex has
 * its own, because it ignores its hooks beside an Agent Plugins manifest (Codex 0.171.0).
 */
const archiveParts = {
  'kagura-memory': ['every-client', 'coding'],
  'kagura-memory-codex': ['every-client', 'codex'],
  'kagura-memory-gemini': ['every-client', 'gemini']
}
export type ArchiveName = keyof typeof archiveParts
export const archiveNames = Object.keys(archiveParts) as ArchiveName[]

export interface PluginArchive {
  content: Buffer
  /** SHA-256 in hex. */
  digest: string
}

/** What a server puts into its plugin. None of it is secret. */
export interface PluginValues {
  publicUrl: string
  mcpUrl: string
  version: string
}

/** The plugin of this server. The same values give the same bytes. */
export function buildArchive(name: ArchiveName, values: PluginValues): PluginArchive {
  const files = archiveParts[name]
    .flatMap((part) => filesIn(join(SOURCES, part)))
    .map(({ path, text }) => ({ path, content: Buffer.from(fillIn(path, text, values)) }))
    .toSorted(byPath)
  const content = zipArchive(files)
  return { content, digest: createHash('sha256').update(content).digest('hex') }
}

function filesIn(directory: string): Array<{ path: string; text: string }> {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const path = file.slice(directory.length + 1).replaceAll('\\', '/')
      return { path, text: readFileSync(file, 'utf8') }
    })
}

/** Puts the values in place of `{{NAME}}`, in JSON as the inside of a string. */
function fillIn(path: string, text: string, { publicUrl, mcpUrl, version }: PluginValues): string {
  const values: Record<string, string> = {
    PUBLIC_URL: publicUrl,
    MCP_URL: mcpUrl,
    HOST: new URL(publicUrl).host,
    VERSION: version,
    MARKETPLACE: marketplaceName(publicUrl)
  }
  return text.replace(/\{\{([A-Z_]+)\}\}/g, (placeholder, name: string) => {
    const value = values[name]
    if (value === undefined) return placeholder
    return path.endsWith('.json') ? JSON.stringify(value).slice(1, -1) : value
  })
}

function byPath({ path: first }: ZipFile, { path: second }: ZipFile): number {
  return first < second ? -1 : 1
}
