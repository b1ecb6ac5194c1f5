import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Session } from '../../db/people/sessions.ts'
import type { CallContext } from '../../domain/context.ts'
import { PageError, SignInRequiredError } from '../../lib/errors.ts'
import type { Pages } from '../consent-views/page-data.ts'
import type { Parameters } from '../form-parameters.ts'
import type { PageNotice } from '../notices.ts'
import { consoleContext } from './context.ts'
import type { ConsolePageName, ConsolePages } from './pages/index.ts'
import { type Framed, sectionOf } from './shell.ts'

declare module 'fastify' {
  interface FastifyInstance {
    console: Console
  }
}

export interface Console {
  /** The signed-in person. Throws SignInRequiredError, which leads to the sign-in page and back. */
  requireSession: (request: FastifyRequest) => Promise<Session>
  /**
   * The person who sent this form and may change what is remembered. `form` is that of requireForm.
   * Throws PageError 401 or 403.
   */
  requireWriterForm: (request: FastifyRequest, form?: Parameters) => Promise<Session>
  /** The domain's context for what the person does here. Its source is the console. */
  context: (session: Session) => CallContext
  /** The signed-in administrator. Throws SignInRequiredError, and PageError 403 for others. */
  requireAdministrator: (request: FastifyRequest) => Promise<Session>
  /** The administrator who sent this form. Throws PageError 401 or 403. */
  requireAdministratorForm: (request: FastifyRequest) => Promise<Session>
  /**
   * Answers with a page of the console in its frame, with the notice that the last form left. A
   * notice about a refused form sets the status.
   */
  show: <P extends ConsolePageName>(
    request: FastifyRequest,
    reply: FastifyReply,
    session: Session,
    page: P,
    data: ConsolePages[P],
    status?: number
  ) => Promise<FastifyReply>
  /** Answers a form: 303 to a page of the console, which shows the notice once. */
  redirect: (
    reply: FastifyReply,
    session: Session,
    path: string,
    notice?: PageNotice
  ) => Promise<FastifyReply>
}

/** app.console: what every page and form of the console does. */
export default fp(
  async (app) => {
    const requireSession = async (request: FastifyRequest) => {
      const session = await app.auth.session(request)
      if (!session) throw new SignInRequiredError(request.url)
      return session
    }
    app.decorate('console', {
      requireSession,
      async requireWriterForm(request, form) {
        const session = await app.auth.requireForm(request, form)
        if (session.role !== 'read_only') return session
        throw forbidden(request, request.texts.common.readOnlyText, 'read_only_account')
      },
      context: (session) => consoleContext(app, session),
      async requireAdministrator(request) {
        return requireRole(request, await requireSession(request))
      },
      async requireAdministratorForm(request) {
        return requireRole(request, await app.auth.requireForm(request))
      },
      async show(request, reply, session, page, data, status = 200) {
        const {
          status: noticeStatus = status,
          retryAfter,
          ...pageNotice
        } = (await app.notices.take(request, session, 'console')) ?? {}
        if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
        const frame: Framed = {
          shell: {
            user: { name: session.name, email: session.email, role: session.role },
            section: sectionOf(request.url)
          },
          csrf: app.auth.csrf(session),
          ...pageNotice
        }
        return reply.page(page, joinFrame(data, frame), noticeStatus)
      },
      async redirect(reply, session, path, notice) {
        if (notice) await app.notices.leave(session, 'console', notice)
        return reply.header('cache-control', 'no-store').redirect(path, 303)
      }
    })
  },
  { name: 'console', dependencies: ['auth', 'notices', 'consent-views'] }
)

function requireRole(request: FastifyRequest, session: Session): Session {
  if (session.role === 'admin') return session
  throw forbidden(request, request.texts.common.forbiddenText, 'not_an_administrator')
}

function forbidden({ texts }: FastifyRequest, message: string, reason: string): PageError {
  return new PageError(403, texts.common.forbidden, message, {
    reason,
    link: { href: '/', text: texts.shell.home }
  })
}

/** TypeScript cannot see that the data of a page and its frame are all that the page needs. */
function joinFrame<P extends ConsolePageName>(data: ConsolePages[P], frame: Framed): Pages[P] {
  return { ...data, ...frame } as unknown as Pages[P]
}
