import { Readability } from '@mozilla/readability'
import { DOMParser, parseHTML } from 'linkedom'
import { refuseComplex } from './complexity.ts'
import { toMarkdown } from './markdown.ts'
import { type Readable, Unreadable } from './work.ts'

/** What is never text for people. */
const UNREAD =
  'script, style, noscript, template, iframe, object, embed, svg, canvas, form, button, input, select, textarea, dialog, [hidden], [aria-hidden="true"]'
const LONGEST_ADDRESS = 2000
/** Characters of a page that has scripts and says nothing without them. */
const HARDLY_ANY = 40
const SHELL =
  'The page has hardly any text of its own; it may need a browser. Look for the same elsewhere.'
/** Boxes that ask for consent, by the names that their makers give them. */
const CONSENT = [
  'cookie-consent',
  'cookieconsent',
  'cookie-banner',
  'cookie-notice',
  'cookie-bar',
  'consent-banner',
  'consent-modal',
  'gdpr',
  'onetrust',
  'cybotcookiebot',
  'usercentrics',
  'didomi',
  'qc-cmp2',
  'truste'
]
  .flatMap((name) => [`[class*="${name}" i]`, `[id*="${name}" i]`])
  .join(', ')

type Root = ReturnType<typeof parseHTML>['document']
type Element = NonNullable<ReturnType<Root['querySelector']>>

/**
 * The readable text of a page as Markdown: of its main part, or of what the CSS selector matches.
 * Throws Unreadable.
 */
export function readHtml(html: string, url: string, selector: string | undefined): Readable {
  refuseComplex(html)
  const document = tidied(html, url)
  const refresh = refreshOf(document, url)
  const facts = factsOf(document)
  if (selector !== undefined) return { ...facts, text: selected(document, selector) }
  const article = new Readability(document as never, {
    charThreshold: 200,
    keepClasses: true
  }).parse() // takes the document apart
  const text = article?.content ? markdownOf(article.content) : ''
  const whole = text || selected(tidied(html, url), 'body')
  if (whole.length < HARDLY_ANY && refresh) {
    throw new Unreadable(`The page only leads on to ${refresh}. Read that address.`)
  }
  const isShell = whole.length < HARDLY_ANY && /<script[\s>]/i.test(html)
  return {
    ...facts,
    ...(isShell && { note: SHELL }),
    ...(article?.title && { title: article.title }),
    ...(article?.byline && { byline: article.byline }),
    ...(article?.publishedTime && { published: article.publishedTime }),
    text: whole
  }
}

/** The parser makes up no element that is left out, as browsers do. */
function withBody(source: string): string {
  if (/<body[\s>]/i.test(source)) return source
  const html = /<html[\s>]/i.test(source)
    ? source
    : `<html>${source.replace(/^\s*<!doctype[^>]*>/i, '')}`
  const [start] = /^[^]*?<\/head\s*>/i.exec(html) ?? /^[^]*?<html(?:\s[^>]*)?>/i.exec(html)!
  return `${start}<body>${html.slice(start.length)}`
}

function selected(document: Root, selector: string): string {
  let found: Element[]
  try {
    found = [...document.querySelectorAll(selector)]
  } catch {
    throw new Unreadable(
      `"${selector}" is no CSS selector. Correct it, or leave selector out for the main part of the page.`
    )
  }
  if (found.length === 0) {
    throw new Unreadable(
      `Nothing on the page matches "${selector}". Leave selector out for the main part of the page, or use body for all.`
    )
  }
  const outer = found.filter(
    (element) => !found.some((other) => other !== element && other.contains(element))
  )
  return outer
    .map((element) => markdownOf(element.outerHTML))
    .filter(Boolean)
    .join('\n\n')
}

function markdownOf(html: string): string {
  const page = new DOMParser().parseFromString(
    `<!doctype html><html><body>${html}</body></html>`,
    'text/html'
  )
  return toMarkdown(page.body)
}

function factsOf(document: Root): Omit<Readable, 'text'> {
  const title = document.title?.trim()
  const published =
    [
      'meta[property="article:published_time"]',
      'meta[name="date"]',
      'meta[itemprop="datePublished"]',
      'meta[name="dc.date"]'
    ]
      .map((selector) => document.querySelector(selector)?.getAttribute('content')?.trim())
      .find(Boolean) ?? document.querySelector('time[datetime]')?.getAttribute('datetime')?.trim()
  return { ...(title && { title }), ...(published && { published }) }
}

/** Where a page says that it leads: <meta http-equiv="refresh" content="0; url=...">. */
function refreshOf(document: Root, url: string): string | undefined {
  const meta = [...document.querySelectorAll('meta[http-equiv]')].find(
    (element) => element.getAttribute('http-equiv')?.toLowerCase() === 'refresh'
  )
  const [, target = ''] = /url\s*=\s*["']?([^"']+)/i.exec(meta?.getAttribute('content') ?? '') ?? []
  const whole =
    target !== '' && URL.canParse(target.trim(), url) ? new URL(target.trim(), url) : undefined
  return whole && /^https?:$/.test(whole.protocol) && whole.href.length <= LONGEST_ADDRESS
    ? whole.href
    : undefined
}

function baseOf(document: Root, url: string): string {
  const href = document.querySelector('base[href]')?.getAttribute('href')
  return href && URL.canParse(href, url) ? new URL(href, url).href : url
}

/**
 * The page without what people do not see, where instructions to models like to hide, and with
 * whole addresses.
 */
function tidied(html: string, url: string): Root {
  const { document } = parseHTML(withBody(html))
  const base = baseOf(document, url)
  for (const element of document.querySelectorAll(UNREAD)) {
    const isJsonLd =
      element.localName === 'script' && element.getAttribute('type') === 'application/ld+json' // Readability reads it
    if (!isJsonLd) element.remove()
  }
  for (const element of document.querySelectorAll(CONSENT)) {
    const isPage =
      element.localName === 'html' ||
      element.localName === 'body' ||
      element.querySelector('main, article, h1')
    if (!isPage) element.remove()
  }
  for (const element of document.querySelectorAll('[style]')) {
    if (
      /(display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?![.\d]*[1-9]))/i.test(
        element.getAttribute('style') ?? ''
      )
    ) {
      element.remove()
    }
  }
  for (const link of document.querySelectorAll('a[href]')) {
    const href = link.getAttribute('href') ?? ''
    const whole =
      !href.startsWith('#') && URL.canParse(href, base) ? new URL(href, base) : undefined
    if (whole && /^https?:$/.test(whole.protocol) && whole.href.length <= LONGEST_ADDRESS) {
      link.setAttribute('href', whole.href)
    } else link.removeAttribute('href')
  }
  return document
}
