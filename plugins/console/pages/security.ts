import type { PageNotice } from '../../notices.ts'

interface ListedPasskey {
  credential_id: string
  name: string
  backed_up: boolean
  created_at: Date
  last_used_at: Date | null
}

/** The pages below /settings/security. */
export interface SecurityPages {
  'security/overview': {
    /** `available`: browsers offer passkeys at the address of this server. */
    passkeys: { available: boolean; address: string; list: ListedPasskey[] }
    /** The authenticator app, if one is set up. */
    factor?: { created_at: Date; codesLeft: number }
    /** The OpenID Connect provider of the settings, and the person's account there. */
    provider?: {
      name: string
      identity?: { email: string; created_at: Date }
      linkPath: string
    }
  } & Pick<PageNotice, 'problem' | 'typed'>
  /** `options`: what the script passes to the browser, as JSON. */
  'security/new-passkey': { options: string } & Pick<PageNotice, 'problem' | 'typed'>
  /** The QR code is one path in a square of `size`. */
  'security/authenticator': { secret: string; qr: { size: number; path: string } }
  /** `codes`: the new codes, which the page shows once. */
  'security/recovery-codes': { codesLeft: number; codes?: string[] }
}
