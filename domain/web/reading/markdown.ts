import type { parseHTML } from 'linkedom'
import Turndown from 'turndown'

type Element = NonNullable<ReturnType<ReturnType<typeof parseHTML>['document']['querySelector']>>

const MAX_COLUMNS = 50

const turndown = new Turndown({
  headingStyle: 'atx',
  codeBlockStyle: 'fenced',
  bulletListMarker: '-',
  emDelimiter: '*',
  hr: '---'
})
  .remove(['script', 'style'])
  .addRule('pictures', {
    filter: ['img', 'picture', 'video', 'audio'],
    replacement: (_, node) => (node as unknown as Element).getAttribute('alt')?.trim() ?? ''
  })
  .addRule('scripts', {
    // x² is not x2; a mark of a footnote says by its brackets what it is
    filter: ['sup', 'sub'],
    replacement(content, node) {
      const name = node.nodeName.toLowerCase()
      return content === '' || /[[\]]/.test(content) ? content : `<${name}>${content}</${name}>`
    }
  })
  .addRule('tables', {
    filter: (node) => node.nodeName === 'TABLE' && isDataTable(node as unknown as Element),
    replacement: (_, node) => `\n\n${tableOf(node as unknown as Element)}\n\n`
  })

/** The Markdown of an element: tables keep their rows and columns, code keeps its language. */
export function toMarkdown(element: unknown): string {
  return turndown.turndown(element as never).trim()
}

/** Tables that only place things on a page have others within, or no two cells in a row. */
function isDataTable(table: Element): boolean {
  if (table.querySelector('table') || table.querySelector('pre, ul, ol, h1, h2, h3')) return false
  return rowsOf(table).some((row) => row.length > 1)
}

function rowsOf(table: Element): Element[][] {
  return [...table.querySelectorAll('tr')]
    .map(
      (row) =>
        [...row.children].filter(
          ({ localName }) => localName === 'td' || localName === 'th'
        ) as Element[]
    )
    .filter((cells) => cells.length > 0)
}

function tableOf(table: Element): string {
  const rows = rowsOf(table).map((cells) =>
    cells
      .flatMap((cell) => {
        const span = Math.min(Number(cell.getAttribute('colspan')) || 1, MAX_COLUMNS)
        return [cellText(cell), ...Array.from({ length: span - 1 }, () => '')]
      })
      .slice(0, MAX_COLUMNS)
  )
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
  const [head = [], ...body] = rows.map((row) => [
    ...row,
    ...Array.from({ length: width - row.length }, () => '')
  ])
  const caption = table.querySelector('caption')?.textContent?.trim()
  const lines = [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`)
  return [...(caption ? [caption, ''] : []), ...lines].join('\n')
}

function cellText(cell: Element): string {
  return turndown
    .turndown(cell.innerHTML === '' ? '' : (cell as never))
    .replace(/\s+/g, ' ')
    .replace(/(?<!\\)\|/g, '\\|')
    .trim()
}
