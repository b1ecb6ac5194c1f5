import { readFileSync } from 'node:fs'
import type { ListExtras } from '../../../tools/listing.ts'

/** MCP Apps (SEP-1865, 2026-01-26): how an app knows that a resource is a view. */
export const VIEW_TYPE = 'text/html;profile=mcp-app'

/** The view of memories that the tools below find. */
export const memoryView = {
  uri: 'ui://kagura-memory/memories',
  name: 'memories',
  title: 'Memories',
  description: 'Shows the memories that a search or a list found.',
  mimeType: VIEW_TYPE
}
const viewedTools: readonly string[] = ['memory_search', 'memory_list']

/** What tools/list adds for apps that show views. Their text stays complete for all others. */
export const viewExtras: ListExtras = {
  name: 'views',
  of: ({ name }) =>
    viewedTools.includes(name) ? { _meta: { ui: { resourceUri: memoryView.uri } } } : {}
}

const viewHtml = readView()

/** The view, which loads nothing from anywhere. */
export function viewContents(): object[] {
  const { uri, mimeType } = memoryView
  const csp = { connectDomains: [], resourceDomains: [] }
  return [{ uri, mimeType, text: viewHtml, _meta: { ui: { csp, prefersBorder: true } } }]
}

/** An app shows one document, so the script goes into the page. */
function readView(): string {
  const read = (name: string) =>
    readFileSync(new URL(`../../../views/${name}`, import.meta.url), 'utf8')
  const script = read('memory-view.js').replaceAll('</', String.raw`<\/`)
  return read('memory-view.html').replace(
    '<script type="module"></script>',
    () => `<script type="module">\n${script}</script>`
  )
}
