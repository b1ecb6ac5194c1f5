/** Why a connection was ended, as the end of "This connection was ended on ...". */
const endCauses: Record<string, string> = {
  refresh_token_reuse:
    'because an old refresh token was used again, which can mean that it was stolen',
  code_replay: 'because its authorization code was used again, which can mean that it was stolen',
  revoked_by_user: 'by its owner, on the page Apps & keys',
  revoked_by_client: 'by the app itself',
  revoked_by_command: 'by an administrator of this server',
  token_revoked: 'by an administrator of this server'
}

/** When a connection was ended, and why. Without a time, its account was disabled. */
export interface EndedConnection {
  ended_at: Date | null
  ended_reason: string | null
}

/** What happened to the connection and what to do, for the person who uses the app. */
export function endedConnectionText({ ended_at, ended_reason }: EndedConnection): string {
  if (ended_at === null) return 'The account was disabled by an administrator of this server.'
  const endTime = `${ended_at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const endCause = endCauses[ended_reason ?? '']
  const causeText = endCause === undefined ? '' : ` ${endCause}`
  return `This connection was ended on ${endTime}${causeText}. Connect the app again.`
}
