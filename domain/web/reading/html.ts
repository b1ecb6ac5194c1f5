import { Readability } from '@mozilla/readability'
import { DOMParser, parseHTML } from 'linkedom'
import { refuseComplexHtml } from './complexity.ts'
import { toMarkdown } from './markdown.ts'
import { type ReadablePage, UnreadablePageError } from './work.ts'

/** Elements that never contain text for people. */
const IGNORED_ELEMENTS =
  'script, style, noscript, template, iframe, object, embed, svg, canvas, form, button, input, ' +
  'select, textarea, dialog, [hidden], [aria-hidden="true"]'
const MAX_LINK_LENGTH = 2000
/** Pages with fewer characters probably need their scripts. */
const MIN_TEXT_LENGTH = 40
const SCRIPT_ONLY_NOTE =
  'The page has hardly any text and may need a browser. Look for the same elsewhere.'
/** What a style says when nobody can see the element. */
const hiddenStyle = new RegExp(
  String.raw`(display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|` +
    String.raw`opacity\s*:\s*0(?![.\d]*[1-9]))`,
  'i'
)
/** Cookie consent boxes, by the usual names of their classes and ids. */
const CONSENT_BOXES = [
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

type HtmlDocument = ReturnType<typeof parseHTML>['document']
type HtmlElement = NonNullable<ReturnType<HtmlDocument['querySelector']>>

/**
 * The text of a page as Markdown: its main part, or the elements that the CSS selector matches.
 * Throws UnreadablePageError.
 */
export function readHtml(html: string, url: string, selector: string | undefined): ReadablePage {
  refuseComplexHtml(html)
  const pageDocument = parseTidyDocument(html, url)
  const refreshTarget = findRefreshTarget(pageDocument, url)
  const pageFacts = readPageFacts(pageDocument)
  if (selector !== undefined) {
    return { ...pageFacts, text: selectedMarkdown(pageDocument, selector) }
  }
  const mainArticle = new Readability(pageDocument as never, {
    charThreshold: 200,
    keepClasses: true
  }).parse() // it changes the document
  const articleText = mainArticle?.content ? htmlToMarkdown(mainArticle.content) : ''
  const pageText = articleText || selectedMarkdown(parseTidyDocument(html, url), 'body')
  if (pageText.length < MIN_TEXT_LENGTH && refreshTarget) {
    throw new UnreadablePageError(`The page only redirects to ${refreshTarget}. Read that address.`)
  }
  const isShell = pageText.length < MIN_TEXT_LENGTH && /<script[\s>]/i.test(html)
  return {
    ...pageFacts,
    ...(isShell && { note: SCRIPT_ONLY_NOTE }),
    ...(mainArticle?.title && { title: mainArticle.title }),
    ...(mainArticle?.byline && { byline: mainArticle.byline }),
    ...(mainArticle?.publishedTime && { published: mainArticle.publishedTime }),
    text: pageText
  }
}

/** Adds a missing body, because the parser does not add it as browsers do. */
function withBody(source: string): string {
  if (/<body[\s>]/i.test(source)) return source
  const htmlSource = /<html[\s>]/i.test(source)
    ? source
    : `<html>${source.replace(/^\s*<!doctype[^>]*>/i, '')}`
  const [start] =
    /^[^]*?<\/head\s*>/i.exec(htmlSource) ?? /^[^]*?<html(?:\s[^>]*)?>/i.exec(htmlSource)!
  return `${start}<body>${htmlSource.slice(start.length)}`
}

function selectedMarkdown(document: HtmlDocument, selector: string): string {
  let matchingElements: HtmlElement[]
  try {
    matchingElements = [...document.querySelectorAll(selector)]
  } catch {
    throw new UnreadablePageError(
      `"${selector}" is not a CSS selector. Correct it, or omit selector to read the main part ` +
        'of the page.'
    )
  }
  if (matchingElements.length === 0) {
    throw new UnreadablePageError(
      `Nothing on the page matches "${selector}". Omit selector to read the main part of the ` +
        'page, or use body for all of it.'
    )
  }
  const outermostElements = matchingElements.filter(
    (element) =>
      !matchingElements.some((ancestor) => ancestor !== element && ancestor.contains(element))
  )
  return outermostElements
    .map((element) => htmlToMarkdown(element.outerHTML))
    .filter(Boolean)
    .join('\n\n')
}

function htmlToMarkdown(html: string): string {
  const fragmentDocument = new DOMParser().parseFromString(
    `<!doctype html><html><body>${html}</body></html>`,
    'text/html'
  )
  return toMarkdown(fragmentDocument.body)
}

function readPageFacts(document: HtmlDocument): Omit<ReadablePage, 'text'> {
  const pageTitle = document.title?.trim()
  const publishedDate =
    [
      'meta[property="article:published_time"]',
      'meta[name="date"]',
      'meta[itemprop="datePublished"]',
      'meta[name="dc.date"]'
    ]
      .map((selector) => document.querySelector(selector)?.getAttribute('content')?.trim())
      .find(Boolean) ?? document.querySelector('time[datetime]')?.getAttribute('datetime')?.trim()
  return {
    ...(pageTitle && { title: pageTitle }),
    ...(publishedDate && { published: publishedDate })
  }
}

/** The target of a redirect in the page: <meta http-equiv="refresh" content="0; url=...">. */
function findRefreshTarget(document: HtmlDocument, url: string): string | undefined {
  const refreshElement = [...document.querySelectorAll('meta[http-equiv]')].find(
    (element) => element.getAttribute('http-equiv')?.toLowerCase() === 'refresh'
  )
  const [, target = ''] =
    /url\s*=\s*["']?([^"']+)/i.exec(refreshElement?.getAttribute('content') ?? '') ?? []
  const targetUrl =
    target !== '' && URL.canParse(target.trim(), url) ? new URL(target.trim(), url) : undefined
  return targetUrl &&
    /^https?:$/.test(targetUrl.protocol) &&
    targetUrl.href.length <= MAX_LINK_LENGTH
    ? targetUrl.href
    : undefined
}

function findBaseUrl(document: HtmlDocument, url: string): string {
  const baseHref = document.querySelector('base[href]')?.getAttribute('href')
  return baseHref && URL.canParse(baseHref, url) ? new URL(baseHref, url).href : url
}

/**
 * Parses the page, removes what people do not see, and makes links absolute. Invisible parts often
 * hide instructions to models.
 */
function parseTidyDocument(html: string, url: string): HtmlDocument {
  const { document } = parseHTML(withBody(html))
  const baseUrl = findBaseUrl(document, url)
  for (const element of document.querySelectorAll(IGNORED_ELEMENTS)) {
    const isJsonLd =
      // Readability reads this one.
      element.localName === 'script' && element.getAttribute('type') === 'application/ld+json'
    if (!isJsonLd) element.remove()
  }
  for (const element of document.querySelectorAll(CONSENT_BOXES)) {
    const isPage =
      element.localName === 'html' ||
      element.localName === 'body' ||
      element.querySelector('main, article, h1')
    if (!isPage) element.remove()
  }
  for (const element of document.querySelectorAll('[style]')) {
    if (hiddenStyle.test(element.getAttribute('style') ?? '')) {
      element.remove()
    }
  }
  for (const linkElement of document.querySelectorAll('a[href]')) {
    const linkHref = linkElement.getAttribute('href') ?? ''
    const linkUrl =
      !linkHref.startsWith('#') && URL.canParse(linkHref, baseUrl)
        ? new URL(linkHref, baseUrl)
        : undefined
    if (linkUrl && /^https?:$/.test(linkUrl.protocol) && linkUrl.href.length <= MAX_LINK_LENGTH) {
      linkElement.setAttribute('href', linkUrl.href)
    } else linkElement.removeAttribute('href')
  }
  return document
}
