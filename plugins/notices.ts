import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Db } from '../db/connection/connect.ts'
import { hasPageNotice, putPageNotice, takePageNotice } from '../db/people/page-notices.ts'
import type { Session } from '../db/people/sessions.ts'

declare module 'fastify' {
  interface FastifyInstance {
    notices: Notices
  }
}

/** What the next page says once: every form is answered with a redirect to it (POST, 303, GET). */
export interface PageNotice {
  /** What happened. */
  notice?: string
  /** What went wrong in which form, and at which of its fields. */
  problem?: { form: string; field?: string; text: string }
  /** What was typed into that form; never a password or a token. */
  typed?: Record<string, string | string[]>
  /** The status of the page, where the form was refused. */
  status?: number
  /** Seconds until another attempt is accepted. */
  retryAfter?: number
}
/** A key that was just made. */
export interface NewKey {
  name: string
  key: string
}
/** The same for a person who is not signed in: at the sign-in and set-up forms. */
export interface SignedOutNotice extends PageNotice {
  place: 'login' | 'setup'
}
interface Places {
  account: PageNotice
  profile: PageNotice
  device: PageNotice
  'new-key': NewKey
}

export interface Notices {
  /** Leaves it for this browser's next page at that place, in place of the one before. */
  leave: <P extends keyof Places>(
    session: Session,
    place: P,
    content: Places[P],
    db?: Db
  ) => Promise<void>
  /** Takes it away, so that it is shown once. Nothing is taken for a HEAD or a prefetch. */
  take: <P extends keyof Places>(
    request: FastifyRequest,
    session: Session,
    place: P
  ) => Promise<Places[P] | undefined>
  /** Whether one waits there. */
  waits: (session: Session, place: keyof Places) => Promise<boolean>
  /** Leaves one in the browser itself, encrypted, for a minute. */
  leaveSignedOut: (reply: FastifyReply, notice: SignedOutNotice) => void
  takeSignedOut: (
    request: FastifyRequest,
    reply: FastifyReply,
    place: SignedOutNotice['place']
  ) => SignedOutNotice | undefined
}

const PURPOSE = 'page-notice'
const COOKIE = 'kagura_notice'
const COOKIE_SECONDS = 60
/** Characters of a field that are given back. */
const MAX_TYPED = 500

/** app.notices: kept encrypted in the database, since a key may be in one, on every node alike. */
export default fp(
  async (app) => {
    const cookieFor = (place: SignedOutNotice['place']) => ({
      path: `/${place}`,
      httpOnly: true,
      sameSite: 'lax' as const,
      secure: app.publicUrl.startsWith('https:')
    })

    app.decorate('notices', {
      async leave(session, place, content, db = app.db) {
        const sealed = app.seal.encrypt(PURPOSE, owner(session, place), JSON.stringify(content))
        await putPageNotice(db, session.session_hash, place, sealed)
      },
      async take<P extends keyof Places>(request: FastifyRequest, session: Session, place: P) {
        if (request.method !== 'GET' || request.headers['sec-purpose'] !== undefined) {
          return undefined
        }
        const sealed = await takePageNotice(app.db, session.session_hash, place)
        const text = sealed && app.seal.decrypt(PURPOSE, owner(session, place), sealed)
        return text ? (JSON.parse(text) as Places[P]) : undefined
      },
      waits: (session, place) => hasPageNotice(app.db, session.session_hash, place),
      leaveSignedOut(reply, notice) {
        const content = JSON.stringify({ ...notice, at: Date.now() })
        const sealed = app.seal.encrypt(PURPOSE, notice.place, content)
        reply.setCookie(COOKIE, sealed, { ...cookieFor(notice.place), maxAge: COOKIE_SECONDS })
      },
      takeSignedOut(request, reply, place) {
        const sealed = request.cookies[COOKIE]
        if (sealed === undefined || request.method !== 'GET') return undefined
        reply.clearCookie(COOKIE, cookieFor(place))
        const text = app.seal.decrypt(PURPOSE, place, sealed)
        if (!text) return undefined
        const { at, ...notice } = JSON.parse(text) as SignedOutNotice & { at: number }
        return at + COOKIE_SECONDS * 1000 > Date.now() ? notice : undefined
      }
    })
  },
  { name: 'notices', dependencies: ['db', 'seal'] }
)

function owner({ session_hash: sessionHash }: Session, place: string): string {
  return `${sessionHash} ${place}`
}

/** A browser, which is sent on after a form; a program gets the answer at once, with its status. */
export function isBrowser({ headers }: FastifyRequest): boolean {
  return /text\/html/.test(headers.accept ?? '')
}

/** What a form gets back of a field that was typed in. */
export function typedText(text: string | undefined): string {
  return [...(text ?? '')].slice(0, MAX_TYPED).join('')
}
