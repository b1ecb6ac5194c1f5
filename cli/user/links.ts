import type { Role } from '../../db/schema/index.ts'
import { type AccountUrl, createResetLink, invitePerson } from '../../domain/people/links.ts'
import { reachOf } from '../../lib/public-url.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { commandEntry, loadSettings, publicUrlOf, withTransaction } from '../database.ts'
import {
  formatFields,
  formatMinute,
  formatSecret,
  printResult,
  type WithJson
} from '../subcommand.ts'
import { requireUser } from './record.ts'
import { commandName } from '../../lib/command-name.ts'

export async function inviteUser(
  email: string,
  { role, ...options }: { role: Role } & WithJson
): Promise<void> {
  const publicUrl = readPublicUrl()
  const link = await withTransaction((trx) =>
    invitePerson(trx, { email, role }, publicUrl, commandEntry)
  )
  if (!link) {
    throw new CommandRefusedError(
      `The email address ${quoteText(email)} is taken. To give its user a new password: ` +
        `${commandName} user reset-link ${email}`
    )
  }
  printLink(options, { email, role }, link, `Invited ${email} with the role ${role}.`)
}

export async function showResetLink(email: string, options: WithJson): Promise<void> {
  const publicUrl = readPublicUrl()
  const { user, link } = await withTransaction(async (trx) => {
    const account = await requireUser(trx, email)
    return {
      user: account,
      link: await createResetLink(trx, account, publicUrl, commandEntry)
    }
  })
  const summary = `${user.email} can choose a new password.`
  printLink(options, { email: user.email }, link, summary)
}

/** Prints a link, which works once and which nothing can show again. */
function printLink(
  options: WithJson,
  recipient: { email: string; role?: Role },
  { url, expires_at }: AccountUrl,
  summary: string
): void {
  printResult(
    options,
    { ...recipient, url, expires_at },
    () =>
      `${summary} Pass the link on: it works once.${localNote(url)}\n${formatFields([
        ['Link', formatSecret(url)],
        ['Expires', `${formatMinute(expires_at)} UTC`]
      ])}`
  )
}

function localNote(url: string): string {
  return reachOf(url) === 'computer'
    ? ' It opens on this computer only; set PUBLIC_URL for others.'
    : ''
}

/** Throws CommandRefusedError if only the running server knows its address. */
function readPublicUrl(): string {
  const config = loadSettings()
  if (config.PUBLIC_URL === undefined && config.PORT === 0) {
    throw new CommandRefusedError(
      'The link needs the address of the server. Set PUBLIC_URL, or a PORT other than 0.'
    )
  }
  return publicUrlOf(config)
}
