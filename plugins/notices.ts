import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Db } from '../db/connection/connect.ts'
import { hasPageNotice, putPageNotice, takePageNotice } from '../db/people/page-notices.ts'
import type { Session } from '../db/people/sessions.ts'
import type { Check } from './doctor/visit.ts'

declare module 'fastify' {
  interface FastifyInstance {
    notices: PageNotices
  }
}

/** What the next page shows once. Every form answers with a redirect to it (POST, 303, GET). */
export interface PageNotice {
  /** What happened. */
  notice?: string
  /** A text to copy that no later page shows: a link or a secret. */
  shownSecret?: { label: string; value: string }
  /** The form that undoes it: a path of the console, and its hidden fields. */
  undo?: { action: string; fields: Array<[name: string, value: string]> }
  /** What is wrong, in which form and at which field. */
  problem?: { form: string; field?: string; text: string }
  /** The fields that the person filled in; never a password or a token. */
  typed?: Record<string, string | string[]>
  /** The status of the page after a refused form. */
  status?: number
  /** Seconds until another attempt is accepted. */
  retryAfter?: number
}
/** A key that the person has just created. */
export interface NewKey {
  name: string
  key: string
}
/** What a test of the connection of a client found. */
export interface ConnectionTest {
  client: string
  checks: Check[]
}
/** A notice for a person who is not signed in: at the sign-in and set-up forms. */
export interface SignedOutNotice extends PageNotice {
  place:
    | 'login'
    | 'login/second-factor'
    | 'login/passkey'
    | 'login/oidc/link'
    | 'setup'
    | 'invite'
    | 'reset'
}
interface NoticeContents {
  /** The next page of the console. */
  console: PageNotice
  device: PageNotice
  reauthenticate: PageNotice
  'new-key': NewKey
  /** The key that a person created while connecting a client. */
  'connect-key': NewKey
  'recovery-codes': { codes: string[] }
  'connect-test': ConnectionTest
}

export interface PageNotices {
  /** Leaves a notice for the next page at that place, instead of the previous notice. */
  leave: <P extends keyof NoticeContents>(
    session: Session,
    place: P,
    content: NoticeContents[P],
    db?: Db
  ) => Promise<void>
  /** Returns and deletes the notice. A HEAD, a prefetch, a script or a frame leaves it. */
  take: <P extends keyof NoticeContents>(
    request: FastifyRequest,
    session: Session,
    place: P
  ) => Promise<NoticeContents[P] | undefined>
  /** Whether a notice waits at that place. */
  waits: (session: Session, place: keyof NoticeContents) => Promise<boolean>
  /** Leaves a notice in an encrypted cookie of the browser, for a minute. */
  leaveSignedOut: (reply: FastifyReply, notice: SignedOutNotice) => void
  takeSignedOut: (
    request: FastifyRequest,
    reply: FastifyReply,
    place: SignedOutNotice['place']
  ) => SignedOutNotice | undefined
}

const SEAL_PURPOSE = 'page-notice'
const COOKIE_NAME = 'kagura_notice'
const COOKIE_SECONDS = 60
/** Characters of a field that a form shows again. */
const MAX_TYPED_LENGTH = 500

/**
 * app.notices. They wait in the database, where every node finds them, encrypted because a notice
 * may hold a key.
 */
export default fp(
  async (app) => {
    app.decorate('notices', { ...sessionNotices(app), ...signedOutNotices(app) })
  },
  { name: 'notices', dependencies: ['db', 'seal'] }
)

/** Notices in the database, under the session of the person. */
function sessionNotices(app: FastifyInstance): Pick<PageNotices, 'leave' | 'take' | 'waits'> {
  return {
    async leave(session, place, content, db = app.db) {
      const encryptedText = app.seal.encrypt(
        SEAL_PURPOSE,
        noticeOwner(session, place),
        JSON.stringify(content)
      )
      await putPageNotice(db, session.session_hash, place, encryptedText)
    },
    async take<P extends keyof NoticeContents>(
      request: FastifyRequest,
      session: Session,
      place: P
    ) {
      if (request.method !== 'GET' || !isShown(request)) return undefined
      const encryptedText = await takePageNotice(app.db, session.session_hash, place)
      const noticeText =
        encryptedText && app.seal.decrypt(SEAL_PURPOSE, noticeOwner(session, place), encryptedText)
      return noticeText ? (JSON.parse(noticeText) as NoticeContents[P]) : undefined
    },
    waits: (session, place) => hasPageNotice(app.db, session.session_hash, place)
  }
}

/** Notices in an encrypted cookie, for people without a session. */
function signedOutNotices(
  app: FastifyInstance
): Pick<PageNotices, 'leaveSignedOut' | 'takeSignedOut'> {
  const cookieFor = (place: SignedOutNotice['place']) => ({
    path: `/${place}`,
    httpOnly: true,
    sameSite: 'lax' as const,
    secure: app.publicUrl.startsWith('https:')
  })
  return {
    leaveSignedOut(reply, notice) {
      const noticeText = JSON.stringify({ ...notice, at: Date.now() })
      const encryptedText = app.seal.encrypt(SEAL_PURPOSE, notice.place, noticeText)
      reply.setCookie(COOKIE_NAME, encryptedText, {
        ...cookieFor(notice.place),
        maxAge: COOKIE_SECONDS
      })
    },
    takeSignedOut(request, reply, place) {
      const encryptedText = request.cookies[COOKIE_NAME]
      if (encryptedText === undefined || request.method !== 'GET') return undefined
      reply.clearCookie(COOKIE_NAME, cookieFor(place))
      const noticeText = app.seal.decrypt(SEAL_PURPOSE, place, encryptedText)
      if (!noticeText) return undefined
      const { at, ...notice } = JSON.parse(noticeText) as SignedOutNotice & { at: number }
      return at + COOKIE_SECONDS * 1000 > Date.now() ? notice : undefined
    }
  }
}

/** Whether a person sees the answer: not that of a prefetch, a script, or a frame. */
function isShown({ headers }: FastifyRequest): boolean {
  const destination = headers['sec-fetch-dest'] ?? 'document'
  return headers['sec-purpose'] === undefined && destination === 'document'
}

function noticeOwner({ session_hash: sessionHash }: Session, place: string): string {
  return `${sessionHash} ${place}`
}

/** Whether to answer a form by redirect. A program gets the page at once, with its status. */
export function isBrowser({ headers }: FastifyRequest): boolean {
  return /text\/html/.test(headers.accept ?? '')
}

/** The beginning of a field, for the form that shows it again. */
export function typedText(text: string | undefined): string {
  return [...(text ?? '')].slice(0, MAX_TYPED_LENGTH).join('')
}
