import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AccountLink, findAccountLink } from '../../db/people/account-links.ts'
import { PageError } from '../../lib/errors.ts'
import { findPasswordFault } from '../../lib/password-policy.ts'
import { formOf, queryOf } from '../form-parameters.ts'
import { isBrowser, type PageNotice, type SignedOutNotice, typedText } from '../notices.ts'

const MAX_NAME_LENGTH = 200

interface LinkPage {
  kind: AccountLink['kind']
  place: Extract<SignedOutNotice['place'], 'invite' | 'reset'>
}

/** The token of the link in the query or the form, with the link. Throws PageError 403. */
export async function requireAccountLink(
  { db }: FastifyInstance,
  request: FastifyRequest,
  kind: AccountLink['kind']
): Promise<{ token: string; link: AccountLink }> {
  const source = request.method === 'POST' ? formOf(request) : queryOf(request.url)
  const token = source.get('token') ?? ''
  const link = await findAccountLink(db, token, kind)
  if (!link) throw usedLinkError(request)
  return { token, link }
}

/** The page on which the holder of a link chooses a name and a password. */
export function showAccountLink(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { place, kind }: LinkPage,
  page: { token: string; email: string }
): FastifyReply {
  const notice = app.notices.takeSignedOut(request, reply, place)
  return renderLink(reply, { place, kind }, page, notice ?? {})
}

/** Shows the form again with the problem at its field: a browser by redirect, a program at once. */
export function refuseAccountLink(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  linkPage: LinkPage,
  page: { token: string; email: string; problem: NonNullable<PageNotice['problem']> }
): FastifyReply {
  const name = typedText(formOf(request).get('name'))
  const refusal = { problem: page.problem, typed: { name }, status: 400 }
  if (!isBrowser(request)) return renderLink(reply, linkPage, page, refusal)
  app.notices.leaveSignedOut(reply, { place: linkPage.place, ...refusal })
  return reply
    .header('cache-control', 'no-store')
    .redirect(`/${linkPage.place}?token=${encodeURIComponent(page.token)}`, 303)
}

function renderLink(
  reply: FastifyReply,
  { place, kind }: LinkPage,
  { token, email }: { token: string; email: string },
  { problem, typed, status = 200 }: PageNotice
): FastifyReply {
  const name = typeof typed?.['name'] === 'string' ? typed['name'] : ''
  const data = { token, email, action: `/${place}`, asksName: kind === 'invitation', name }
  return reply.page('account-link', { ...data, ...(problem && { problem }) }, status)
}

/** The first fault of the form, at its field. */
export async function findLinkFormProblem(
  request: FastifyRequest,
  email: string
): Promise<PageNotice['problem']> {
  const form = formOf(request)
  const name = (form.get('name') ?? '').trim()
  if (form.malformed.length > 0 || [...name].length > MAX_NAME_LENGTH) {
    return { form: 'link', field: 'name', text: request.texts.people.nameTooLong }
  }
  const passwordFault = await findPasswordFault(form.get('password') ?? '', [email, name])
  return passwordFault === undefined
    ? undefined
    : { form: 'link', field: 'password', text: request.texts.typed.password[passwordFault] }
}

/** The link was used, was revoked, or has expired. */
export function usedLinkError({ texts }: FastifyRequest): PageError {
  return new PageError(403, texts.people.usedLink, texts.people.usedLinkText, {
    reason: 'account_link_invalid',
    link: { href: '/login', text: texts.people.signIn }
  })
}
