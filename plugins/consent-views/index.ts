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
     * Sends the page as HTML that is not framed, scripted or, but for consentCaching, cached.
     * Return what it returns.
     */
    page<V extends PageName>(view: V, data: Pages[V], status?: number): FastifyReply
  }
}

const views = new URL('../../views', import.meta.url)

/** The one stylesheet; its URL changes with its text, so that it may be cached for ever. */
export const stylesheet = readStylesheet()

function readStylesheet(): { text: string; hash: string; url: string } {
  const text = readFileSync(new URL('../../views/style.css', import.meta.url), 'utf8')
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 16)
  return { text, hash, url: `/style.css?v=${hash}` }
}

/**
 * form-action covers redirects too (Chromium): after a decision answer with the page `continue`,
 * not with a redirect.
 */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin', // with no-referrer our own forms would have the origin null
  'x-content-type-options': 'nosniff'
}

/**
 * The consent page may stay in the browser's own cache, never in one that is shared: Back then
 * shows the form that was sent, which gives the same code again, where a fresh rendering would give
 * a second one. Opening its address anew always asks the server.
 */
export const consentCaching = { 'cache-control': 'private, max-age=0' }

const invisible = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Text of others on one line, without control, direction-changing and invisible characters. */
export function plain(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(invisible, '').trim()
}

/**
 * A name that somebody else chose, plain and at most 80 characters long; `unnamed` when nothing
 * visible is left.
 */
export function shownName(name: string, unnamed = 'Unnamed app'): string {
  const characters = [...plain(name)]
  return (
    (characters.length > 80 ? [...characters.slice(0, 79), '…'] : characters).join('') ||
    plain(unnamed)
  )
}

/**
 * What was received, for finding out what is wrong with it: invisible characters stand there as
 * \u{200B}.
 */
export function revealed(text: string): string {
  return text.replace(
    invisible,
    (character) => `\\u{${character.codePointAt(0)!.toString(16).toUpperCase()}}`
  )
}

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC'
})
const units: Array<[Intl.RelativeTimeFormatUnit, number]> = [
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
export function stamp(date: Date): string {
  return timeFormat.format(date).replaceAll(' ', '\u00A0').replace(',\u00A0', ', ')
}

/** A date in words that stay on one line, UTC: "3 Nov 2026". */
export function day(date: Date): string {
  return dayFormat.format(date).replaceAll(' ', '\u00A0')
}

/**
 * How long ago, in words that need no time zone: "5 minutes ago"; a date when it is more than 30
 * days.
 */
export function ago(date: Date, now = new Date()): string {
  const seconds = (now.getTime() - date.getTime()) / 1000
  if (seconds >= 30 * 86_400) return day(date)
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? []
  return unit && size ? agoFormat.format(-Math.floor(seconds / size), unit) : 'just now'
}

/**
 * The attributes of a field: refused, described by its problem or hint, and where the page opens.
 */
function invalid(problem: { field?: string }, field: string, hint?: string): string {
  const described = [hint, problem.field === field && `${field}-problem`].filter(Boolean).join(' ')
  return (
    (described && ` aria-describedby="${described}"`) +
    (problem.field === field ? ' aria-invalid="true" autofocus' : '')
  )
}

/** reply.page: renders a view inside views/layout.eta. */
export default fp(
  async (app) => {
    await app.register(view, {
      engine: { eta: new Eta({ autoTrim: false }) },
      root: fileURLToPath(views),
      viewExt: 'eta',
      production: true, // compiles each view once
      defaultContext: {
        stylesheet: stylesheet.url,
        plain,
        shownName,
        revealed,
        day,
        stamp,
        ago,
        appIcon,
        invalid
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
