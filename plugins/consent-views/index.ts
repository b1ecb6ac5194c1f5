import { fileURLToPath } from 'node:url'
import view from '@fastify/view'
import { Eta } from 'eta'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { commandName } from '../../lib/command-name.ts'
import { acceptedLanguage, type Language } from '../../lib/language.ts'
import { catalogues, type Texts } from '../../views/texts/index.ts'
import { appIcon, clientIcon } from './app-icon.ts'
import { consoleScript, manifest, passkeyScript, stylesheet, touchIcon } from './assets.ts'
import { formatsFor } from './formats.ts'
import type { PageName, Pages } from './page-data.ts'

/** How a page words texts and times. */
export interface Locale {
  language: Language
  /** IANA name. */
  timezone: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set when the session is read; before that it is what the browser asks for. */
    locale: Locale | undefined
    /** The texts of the pages in the language of the reader. */
    texts: Texts
  }
  interface FastifyReply {
    /**
     * Sends a page as HTML. Its headers forbid frames and, except on the consent page, caching.
     * Only pages of the console and the one for passkeys may run a script: the service's own. The
     * handler must return the reply.
     */
    page<V extends PageName>(view: V, data: Pages[V], status?: number): FastifyReply
  }
}

const viewsFolder = new URL('../../views', import.meta.url)

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

/** The headers of the pages of the console, which run its script. */
export const consoleHeaders = {
  ...pageHeaders,
  'content-security-policy':
    pageHeaders['content-security-policy'] +
    "; script-src 'self'; connect-src 'self'; manifest-src 'self'"
}

/** The headers of the page that signs in with a passkey, which no page without script can. */
export const passkeyHeaders = {
  ...pageHeaders,
  'content-security-policy': `${pageHeaders['content-security-policy']}; script-src 'self'`
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
  return safeLine(text).trim()
}

/** The same for a part of a line, whose ends may be blanks. */
function safeLine(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(invisibleCharacters, '')
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

/** reply.page: renders a view inside its layout, in the language and time zone of the reader. */
export default fp(
  async (app) => {
    await app.register(view, {
      engine: { eta: new Eta({ autoTrim: false }) },
      root: fileURLToPath(viewsFolder),
      viewExt: 'eta',
      production: true, // compiles each view once
      defaultContext: {
        stylesheet: stylesheet.url,
        consoleScript: consoleScript.url,
        touchIcon: touchIcon.url,
        manifest: manifest.url,
        passkeyScript: passkeyScript.url,
        commandName,
        safeText,
        safeLine,
        displayName,
        revealInvisible,
        appIcon,
        clientIcon,
        fieldAttributes
      }
    })
    app.decorateRequest('locale', undefined)
    app.decorateRequest('texts', {
      getter(this: FastifyRequest) {
        return catalogues[localeOf(this).language]
      }
    })
    app.decorateReply('page', function (this: FastifyReply, name, data, status = 200) {
      const { language, timezone } = localeOf(this.request)
      const context = {
        language,
        texts: catalogues[language],
        ...formatsFor(language, timezone),
        ...data
      }
      return this.code(status)
        .headers('shell' in data ? consoleHeaders : pageHeaders)
        .headers(name === 'sign-in/passkey' ? passkeyHeaders : {})
        .headers(name === 'consent' ? consentCaching : {})
        .view(name, context)
    })
  },
  { name: 'consent-views' }
)

/** The locale of the signed-in person, else what the browser asks for, with times in UTC. */
function localeOf(request: FastifyRequest): Locale {
  return (request.locale ??= {
    language: acceptedLanguage(request.headers['accept-language']),
    timezone: 'UTC'
  })
}
