// Builds the documentation as a static site in site/: npm run site. Each page is there as HTML and
// as Markdown, and llms.txt lists them for programs that read.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import MarkdownIt from 'markdown-it'

const root = fileURLToPath(new URL('.', import.meta.url))
const output = process.argv[2] ?? join(root, 'site')
const ignoredFolders = /^(node_modules|dist.*|data|site|pages|\..*)$/
const markdown = new MarkdownIt({ html: false, linkify: false })
const pages = findPages('')

rmSync(output, { recursive: true, force: true })
for (const page of pages) writePage(page)
cpSync(join(root, 'docs/images'), join(output, 'docs/images'), { recursive: true })
copyFileSync(join(root, 'views/style.css'), join(output, 'style.css'))
copyFileSync(join(output, 'README.html'), join(output, 'index.html'))
writeFileSync(join(output, 'llms.txt'), listPages())
console.log(`${pages.length} pages in ${output}`)

/** Every Markdown file of the project. */
function findPages(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return ignoredFolders.test(entry.name) ? [] : findPages(path)
    return /\.md$/.test(path) && !/^test\/.*\/(fixtures|recorded)\//.test(path) ? [path] : []
  })
}

function writePage(path) {
  const text = readFileSync(join(root, path), 'utf8')
  const tokens = markdown.parse(text, {})
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'heading_open') token.attrSet('id', anchorOf(tokens[index + 1].content))
    for (const child of token.children ?? []) {
      if (child.type === 'link_open') child.attrSet('href', linkFrom(path, child.attrGet('href')))
    }
  }
  const up = '../'.repeat(path.split('/').length - 1)
  const file = join(output, htmlOf(path))
  mkdirSync(dirname(file), { recursive: true })
  copyFileSync(join(root, path), join(output, path))
  writeFileSync(
    file,
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${markdown.utils.escapeHtml(titleOf(text))} - Kagura Memory</title>
<link rel="stylesheet" href="${up}style.css">
<link rel="alternate" type="text/markdown" href="${posix.basename(path)}">
</head>
<body><main class="wide">
<p><a href="${up}index.html">Kagura Memory</a></p>
${markdown.renderer.render(tokens, markdown.options, {})}</main></body>
</html>
`
  )
}

/** Links to pages lead to their HTML; other files of the project are copied, folders are not. */
function linkFrom(page, href) {
  if (/^(\w+:|#)/.test(href)) return href
  const [path, anchor] = href.split('#')
  const target = posix.join(posix.dirname(page), path)
  if (pages.includes(target)) return htmlOf(path) + (anchor ? `#${anchor}` : '')
  const folderPage = posix.join(target, 'README.md')
  if (pages.includes(folderPage)) return posix.join(path, 'README.html')
  const copy = join(output, target)
  if (!existsSync(copy)) {
    mkdirSync(dirname(copy), { recursive: true })
    copyFileSync(join(root, target), copy)
  }
  return href
}

function htmlOf(path) {
  return path.replace(/\.md$/, '.html')
}

/** As GitHub makes it, so that links work in both places. */
function anchorOf(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function titleOf(text) {
  return /^# (.+)$/m.exec(text)?.[1].replaceAll('`', '') ?? 'Kagura Memory'
}

/** https://llmstxt.org: a title, a summary, and the pages by their use. */
function listPages() {
  const line = (path) => `- [${titleOf(readFileSync(join(root, path), 'utf8'))}](${path})`
  const isForUsers = (path) => /^(README|docs\/(?!architecture|dependencies|console))/.test(path)
  const { description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return [
    '# Kagura Memory',
    '',
    `> ${description}`,
    '',
    '## Use and operate it',
    '',
    ...pages.filter(isForUsers).map(line),
    '',
    '## Optional',
    '',
    ...pages.filter((path) => !isForUsers(path)).map(line),
    ''
  ].join('\n')
}
