import MarkdownIt from 'markdown-it'

/** Other addresses stay text: a path of this server could be a form's, and schemes start apps. */
const safeAddress = /^(?:https?:|mailto:)/i

/** Headings of a text come below those of its page, each at most one level under the last. */
const HIGHEST_LEVEL = 3
const LOWEST_LEVEL = 6

const markdown = new MarkdownIt({ html: false, breaks: true, linkify: true, maxNesting: 20 })
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
markdown.validateLink = (url) => safeAddress.test(url.trim())

markdown.core.ruler.push('fit_page', ({ tokens }) => {
  let lastLevel = HIGHEST_LEVEL - 1
  for (const token of tokens) {
    if (token.type === 'heading_open') {
      const wantedLevel = Number(token.tag.slice(1)) + HIGHEST_LEVEL - 1
      lastLevel = Math.min(wantedLevel, lastLevel + 1, LOWEST_LEVEL)
    }
    if (token.type.startsWith('heading_')) token.tag = `h${lastLevel}`
    // The columns of tables have inline styles, which the pages forbid.
    token.attrs = token.attrs?.filter(([name]) => name !== 'style') ?? null
  }
})

markdown.renderer.rules['link_open'] = (tokens, index, options, _env, self) => {
  tokens[index]!.attrSet('rel', 'noopener noreferrer nofollow')
  return self.renderToken(tokens, index, options)
}

/** A link instead of the image: the page loads nothing from other servers. */
markdown.renderer.rules['image'] = (tokens, index, options, env, self) => {
  const { attrs, children, content } = tokens[index]!
  const address = String(attrs?.find(([name]) => name === 'src')?.[1] ?? '')
  const label = self.renderInlineAsText(children ?? [], options, env) || content || address
  const { escapeHtml } = markdown.utils
  const depth = tokens.slice(0, index).reduce((sum, { type, nesting }) => {
    return type.startsWith('link_') ? sum + nesting : sum
  }, 0)
  if (depth > 0) return escapeHtml(label)
  return (
    `<a href="${escapeHtml(address)}" rel="noopener noreferrer nofollow">` +
    `${escapeHtml(label)}</a>`
  )
}

/**
 * Markdown as HTML that is safe in a page: no raw HTML, no styles, no images, and links to http,
 * https and mailto only.
 */
export function renderMarkdown(text: string): string {
  return markdown.render(text)
}
