import type { parseHTML } from 'linkedom'
import Turndown from 'turndown'

type HtmlElement = NonNullable<
  ReturnType<ReturnType<typeof parseHTML>['document']['querySelector']>
>

const MAX_COLUMNS = 50

const markdownWriter = new Turndown({
  headingStyle: 'atx',
  codeBlockStyle: 'fenced',
  bulletListMarker: '-',
  emDelimiter: '*',
  hr: '---'
})
  .remove(['script', 'style'])
  .addRule('pictures', {
    filter: ['img', 'picture', 'video', 'audio'],
    replacement: (_, node) => (node as unknown as HtmlElement).getAttribute('alt')?.trim() ?? ''
  })
  .addRule('scripts', {
    // Keeps x² apart from x2. A footnote mark is clear from its brackets.
    filter: ['sup', 'sub'],
    replacement(content, node) {
      const tagName = node.nodeName.toLowerCase()
      return content === '' || /[[\]]/.test(content)
        ? content
        : `<${tagName}>${content}</${tagName}>`
    }
  })
  .addRule('tables', {
    filter: (node) => node.nodeName === 'TABLE' && isDataTable(node as unknown as HtmlElement),
    replacement: (_, node) => `\n\n${tableMarkdown(node as unknown as HtmlElement)}\n\n`
  })

/** Converts an element to Markdown. Tables keep rows and columns, code keeps its language. */
export function toMarkdown(element: unknown): string {
  return markdownWriter.turndown(element as never).trim()
}

/** Layout tables contain other blocks, or have no row of two cells. */
function isDataTable(table: HtmlElement): boolean {
  if (table.querySelector('table') || table.querySelector('pre, ul, ol, h1, h2, h3')) return false
  return listTableRows(table).some((row) => row.length > 1)
}

function listTableRows(table: HtmlElement): HtmlElement[][] {
  return [...table.querySelectorAll('tr')]
    .map(
      (row) =>
        [...row.children].filter(
          ({ localName }) => localName === 'td' || localName === 'th'
        ) as HtmlElement[]
    )
    .filter((cells) => cells.length > 0)
}

function tableMarkdown(table: HtmlElement): string {
  const tableRows = listTableRows(table).map((cells) =>
    cells
      .flatMap((cell) => {
        const columnSpan = Math.min(Number(cell.getAttribute('colspan')) || 1, MAX_COLUMNS)
        return [cellText(cell), ...Array.from({ length: columnSpan - 1 }, () => '')]
      })
      .slice(0, MAX_COLUMNS)
  )
  const columnCount = tableRows.reduce((most, row) => Math.max(most, row.length), 0)
  const [head = [], ...body] = tableRows.map((row) => [
    ...row,
    ...Array.from({ length: columnCount - row.length }, () => '')
  ])
  const captionText = table.querySelector('caption')?.textContent?.trim()
  const tableLines = [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`)
  return [...(captionText ? [captionText, ''] : []), ...tableLines].join('\n')
}

function cellText(cell: HtmlElement): string {
  return markdownWriter
    .turndown(cell.innerHTML === '' ? '' : (cell as never))
    .replace(/\s+/g, ' ')
    .replace(/(?<!\\)\|/g, '\\|')
    .trim()
}
