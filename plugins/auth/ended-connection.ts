/** Why a connection was ended, in words that follow "This connection was ended on ...". */
const causes: Record<string, string> = {
  refresh_token_reuse:
    'because an old refresh token was used again, which can mean that it was stolen',
  code_replay: 'because its authorization code was used again, which can mean that it was stolen',
  revoked_by_user: 'by its owner, on the account page',
  revoked_by_client: 'by the app itself',
  revoked_by_command: 'by an administrator of this server',
  token_revoked: 'by an administrator of this server'
}

/** When a connection was ended, and why; without a time its account was disabled. */
export interface Ended {
  ended_at: Date | null
  ended_reason: string | null
}

/** What happened to a connection that is over, and what to do, for the person who uses the app. */
export function endedConnectionText({ ended_at: at, ended_reason: reason }: Ended): string {
  if (at === null) return 'The account was disabled by an administrator of this server.'
  const time = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const cause = causes[reason ?? '']
  const what = `This connection was ended on ${time}${cause === undefined ? '' : ` ${cause}`}.`
  return `${what} Connect the app again.`
}
