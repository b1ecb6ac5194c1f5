import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import view from '@fastify/view'
import { Eta } from 'eta'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { appIcon } from './app-icon.ts'
import type { PageName, Pages } from './page-data.ts'

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Sends a page as HTML. Its headers forbid frames, scripts and, except on the consent page,
     * caching. The handler must return the reply.
     */
    page<V extends PageName>(view: V, data: Pages[V], status?: number): FastifyReply
  }
}

const viewsFolder = new URL('../../views', import.meta.url)

/** The stylesheet of all pages. Its URL changes with its text, so that browsers may cache it. */
export const stylesheet = readStylesheet()

function readStylesheet(): { text: string; hash: string; url: string } {
  const styleText = readFileSync(new URL('../../views/style.css', import.meta.url), 'utf8')
  const styleHash = createHash('sha256').update(styleText).digest('base64url').slice(0, 16)
  return { text: styleText, hash: styleHash, url: `/style.css?v=${styleHash}` }
}

/**
 * Chromium applies form-action to redirects too. So answer a decision with the page `continue`, not
 * with a redirect.
 */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';" +
    " frame-ancestors 'none'; base-uri 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin', // no-referrer would give our own forms the origin null
  'x-content-type-options': 'nosniff'
}

/**
 * Only the browser's own cache may keep the consent page. Back then shows the sent form, which
 * gives the same code again; a new rendering would give a second code. max-age=0 makes the browser
 * ask the server whenever the person opens the address again.
 */
export const consentCaching = { 'cache-control': 'private, max-age=0' }

const invisibleCharacters = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Foreign text on one line, without control, direction-changing and invisible characters. */
export function safeText(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(invisibleCharacters, '').trim()
}

/** A foreign name as safe text of up to 80 characters; `unnamed` if nothing visible remains. */
export function displayName(name: string, unnamed = 'Unnamed app'): string {
  const characters = [...safeText(name)]
  return (
    (characters.length > 80 ? [...characters.slice(0, 79), '…'] : characters).join('') ||
    safeText(unnamed)
  )
}

/** Received text for finding a fault: it shows invisible characters as \u{200B}. */
export function revealInvisible(text: string): string {
  return text.replace(
    invisibleCharacters,
    (character) => `\\u{${character.codePointAt(0)!.toString(16).toUpperCase()}}`
  )
}

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC'
})
const timeUnits: Array<[Intl.RelativeTimeFormatUnit, number]> = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60]
]
const agoFormat = new Intl.RelativeTimeFormat('en-GB')

const timeFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
  timeZoneName: 'short'
})

/** A time to the minute with its zone: "3 Nov 2026, 09:05 UTC". */
export function formatTime(date: Date): string {
  return timeFormat.format(date).replaceAll(' ', '\u00A0').replace(',\u00A0', ', ')
}

/** A date in words that stay on one line, UTC: "3 Nov 2026". */
export function formatDay(date: Date): string {
  return dayFormat.format(date).replaceAll(' ', '\u00A0')
}

/** The time since the date, such as "5 minutes ago". The date itself after 30 days. */
export function formatAge(date: Date, now = new Date()): string {
  const ageSeconds = (now.getTime() - date.getTime()) / 1000
  if (ageSeconds >= 30 * 86_400) return formatDay(date)
  const [unit, size] = timeUnits.find(([, size]) => ageSeconds >= size) ?? []
  return unit && size ? agoFormat.format(-Math.floor(ageSeconds / size), unit) : 'just now'
}

/** The attributes of a form field. A refused field has the focus, and its problem describes it. */
function fieldAttributes(problem: { field?: string }, field: string, hint?: string): string {
  const describedBy = [hint, problem.field === field && `${field}-problem`]
    .filter(Boolean)
    .join(' ')
  return (
    (describedBy && ` aria-describedby="${describedBy}"`) +
    (problem.field === field ? ' aria-invalid="true" autofocus' : '')
  )
}

/** reply.page: renders a view inside views/layout.eta. */
export default fp(
  async (app) => {
    await app.register(view, {
      engine: { eta: new Eta({ autoTrim: false }) },
      root: fileURLToPath(viewsFolder),
      viewExt: 'eta',
      production: true, // compiles each view once
      defaultContext: {
        stylesheet: stylesheet.url,
        safeText,
        displayName,
        revealInvisible,
        formatDay,
        formatTime,
        formatAge,
        appIcon,
        fieldAttributes
      }
    })
    app.decorateReply('page', function (this: FastifyReply, name, data, status = 200) {
      return this.code(status)
        .headers(pageHeaders)
        .headers(name === 'consent' ? consentCaching : {})
        .view(name, data)
    })
  },
  { name: 'consent-views' }
)
