import { Readability } from '@mozilla/readability'
import { DOMParser, parseHTML } from 'linkedom'
import Turndown from 'turndown'
import { refuseComplex } from './complexity.ts'
import { type Readable, Unreadable } from './work.ts'

/** What is never text for people. */
const UNREAD = 'script, style, noscript, template, iframe, object, embed, svg, canvas, form, button, input, select, textarea, dialog, [hidden], [aria-hidden="true"]'
const LONGEST_ADDRESS = 2000

type Root = ReturnType<typeof parseHTML>['document']
type Element = NonNullable<ReturnType<Root['querySelector']>>

const toMarkdown = new Turndown({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-', emDelimiter: '*', hr: '---' })
  .remove(['script', 'style'])
  .addRule('pictures', { filter: ['img', 'picture', 'video', 'audio'], replacement: (_, node) => (node as unknown as Element).getAttribute('alt')?.trim() ?? '' })

/** The readable text of a page as Markdown: of its main part, or of what the CSS selector matches. Throws Unreadable. */
export function readHtml (html: string, url: string, selector: string | undefined): Readable {
  refuseComplex(html)
  const document = tidied(html, url)
  const facts = factsOf(document)
  if (selector !== undefined) return { ...facts, text: selected(document, selector) }
  const article = new Readability(document as never, { charThreshold: 200 }).parse() // takes the document apart
  const text = article?.content ? markdownOf(article.content) : ''
  return {
    ...facts,
    ...(article?.title && { title: article.title }),
    ...(article?.byline && { byline: article.byline }),
    ...(article?.publishedTime && { published: article.publishedTime }),
    text: text || selected(tidied(html, url), 'body')
  }
}

/** The parser makes up no element that is left out, as browsers do. */
function withBody (source: string): string {
  if (/<body[\s>]/i.test(source)) return source
  const html = /<html[\s>]/i.test(source) ? source : `<html>${source.replace(/^\s*<!doctype[^>]*>/i, '')}`
  const [start] = /^[^]*?<\/head\s*>/i.exec(html) ?? /^[^]*?<html(?:\s[^>]*)?>/i.exec(html)!
  return `${start}<body>${html.slice(start.length)}`
}

function selected (document: Root, selector: string): string {
  let found: Element[]
  try {
    found = [...document.querySelectorAll(selector)]
  } catch {
    throw new Unreadable(`"${selector}" is no CSS selector. Correct it, or leave selector out for the main part of the page.`)
  }
  if (found.length === 0) throw new Unreadable(`Nothing on the page matches "${selector}". Leave selector out for the main part of the page, or use body for all.`)
  const outer = found.filter((element) => !found.some((other) => other !== element && other.contains(element)))
  return outer.map((element) => markdownOf(element.outerHTML)).filter(Boolean).join('\n\n')
}

function markdownOf (html: string): string {
  const page = new DOMParser().parseFromString(`<!doctype html><html><body>${html}</body></html>`, 'text/html')
  return toMarkdown.turndown(page.body as never).trim()
}

function factsOf (document: Root): Omit<Readable, 'text'> {
  const title = document.title?.trim()
  const published = ['meta[property="article:published_time"]', 'meta[name="date"]', 'meta[itemprop="datePublished"]', 'meta[name="dc.date"]']
    .map((selector) => document.querySelector(selector)?.getAttribute('content')?.trim()).find(Boolean) ?? document.querySelector('time[datetime]')?.getAttribute('datetime')?.trim()
  return { ...(title && { title }), ...(published && { published }) }
}

function baseOf (document: Root, url: string): string {
  const href = document.querySelector('base[href]')?.getAttribute('href')
  return href && URL.canParse(href, url) ? new URL(href, url).href : url
}

/** The page without what people do not see, where instructions to models like to hide, and with whole addresses. */
function tidied (html: string, url: string): Root {
  const { document } = parseHTML(withBody(html))
  const base = baseOf(document, url)
  for (const element of document.querySelectorAll(UNREAD)) {
    const isJsonLd = element.localName === 'script' && element.getAttribute('type') === 'application/ld+json' // Readability reads it
    if (!isJsonLd) element.remove()
  }
  for (const element of document.querySelectorAll('[style]')) {
    if (/(display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?![.\d]*[1-9]))/i.test(element.getAttribute('style') ?? '')) element.remove()
  }
  for (const link of document.querySelectorAll('a[href]')) {
    const href = link.getAttribute('href') ?? ''
    const whole = !href.startsWith('#') && URL.canParse(href, base) ? new URL(href, base) : undefined
    if (whole && /^https?:$/.test(whole.protocol) && whole.href.length <= LONGEST_ADDRESS) link.setAttribute('href', whole.href)
    else link.removeAttribute('href')
  }
  return document
}
