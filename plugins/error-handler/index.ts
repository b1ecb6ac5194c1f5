import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  PageError,
  publicError,
  ReauthenticationError,
  SignInRequiredError
} from '../../lib/errors.ts'
import { catalogues, type Texts } from '../../views/texts/index.ts'
import { signInPath } from '../auth/index.ts'
import { wordsOf } from './page-fault.ts'

/** Words errors outside of the MCP, OAuth and REST scopes: a page for a browser, otherwise JSON. */
export default fp(
  async (app: FastifyInstance) => {
    app.setErrorHandler(async (error: Error, request, reply) => {
      if (error instanceof ReauthenticationError) {
        return reply
          .header('cache-control', 'no-store')
          .redirect(`/reauthenticate?return_to=${encodeURIComponent(error.returnTo)}`, 303)
      }
      await findLanguage(app, request)
      if (error instanceof SignInRequiredError && wantsPage(request)) {
        return reply.header('cache-control', 'no-store').redirect(signInPath(error.returnTo), 303)
      }
      const { statusCode, message, retryAfter } = publicError(error)
      if (statusCode >= 500) request.log.error(error)
      if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
      const pageError =
        error instanceof PageError ? error : statusPage(statusCode, message, textsFor(request))
      if (error instanceof PageError) {
        await request.auditBounded(auditAction(request), {
          reason: error.reason,
          user_id: error.user_id,
          details: { path: request.url.split('?')[0], received: error.received }
        })
      }
      return answerError(request, reply, pageError)
    })
    app.setNotFoundHandler(async (request, reply) => {
      await findLanguage(app, request)
      return answerError(
        request,
        reply,
        new PageError(404, textsFor(request).doors.notFound, textsFor(request).doors.notFoundText, {
          link: { href: '/', text: textsFor(request).shell.home }
        })
      )
    })
  },
  { name: 'error-handler', dependencies: ['consent-views', 'audit'] }
)

/** An error that says nothing of pages. English pages have its own words. */
function statusPage(statusCode: number, message: string, texts: Texts): PageError {
  const words = (texts.statuses as Record<number, { title: string; text: string }>)[statusCode]
  const text = texts === catalogues.en ? message : (words?.text ?? texts.statuses[500].text)
  return new PageError(statusCode, words?.title ?? texts.doors.failed, text)
}

function auditAction(request: FastifyRequest): string {
  if (/^\/login\/oidc\b/.test(request.url)) return 'auth.login.failed'
  if (/^\/device\/?(\?|$)/.test(request.url)) return 'oauth.device.refused'
  return /\/(authorize|consent)\/?(\?|$)/.test(request.url)
    ? 'oauth.authorize.refused'
    : 'page.refused'
}

function answerError(request: FastifyRequest, reply: FastifyReply, error: PageError): FastifyReply {
  const { statusCode, received, command } = error
  const words = wordsOf(error, textsFor(request))
  if (!wantsPage(request)) {
    return reply
      .status(statusCode)
      .header('cache-control', 'no-store')
      .send({ error: error.reason, error_description: words.message, request_id: request.id })
  }
  return reply.page(
    'error',
    {
      status: statusCode,
      ...words,
      received,
      command,
      requestId: request.id
    },
    statusCode
  )
}

const pagePaths = new RegExp(
  '^/(((api/v1/oauth/)?(authorize|consent))|device|login|logout|setup|account|memories|timeline|' +
    'graph|projects|connect|apps|activity|settings|admin|reauthenticate)(/|\\?|$)'
)

/** Looks up the language of a person whose page did not; without a database the browser's counts. */
async function findLanguage({ auth }: FastifyInstance, request: FastifyRequest): Promise<void> {
  if (request.locale || !request.headers.cookie || !wantsPage(request)) return
  await auth.session(request).catch(() => undefined)
}

/** A page is in the language of its reader, an answer for programs in English. */
function textsFor(request: FastifyRequest): Texts {
  return wantsPage(request) ? request.texts : catalogues.en
}

/** Whether to answer with a page: a browser asks, or the URL is one of a page. */
function wantsPage({ headers, url }: FastifyRequest): boolean {
  return /text\/html/.test(headers.accept ?? '') || pagePaths.test(url)
}
