import { Secret, TOTP } from 'otpauth'
import type { Db } from '../../db/connection/connect.ts'
import { noteSecret } from './secret-scan.ts'
import type { Page, Visitor } from './visitor.ts'

/** The code that an authenticator app shows `steps` × 30 seconds from now. */
export function codeOf(secret: string, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) })
  return totp.generate({ timestamp: Date.now() + steps * 30_000 })
}

/** Lets the codes of this moment count again. */
export async function rewindCodes(db: Db, userId: string): Promise<void> {
  await db.updateTable('totp_secrets').set({ last_step: 0 }).where('user_id', '=', userId).execute()
}

/** The secret on the page that sets up an app. */
export function secretOn({ html }: Page): string {
  const [, shownSecret = ''] = /<code>([A-Z2-7 ]+)<\/code>/.exec(html) ?? []
  return noteSecret('the secret of the app', shownSecret.replaceAll(' ', ''))
}

/** Sets up an authenticator app in this browser, as a person does. */
export async function setUpAuthenticator(
  visitor: Visitor
): Promise<{ secret: string; codes: string[] }> {
  const page = await visitor.get('/settings/security/authenticator')
  const secret = secretOn(page)
  const codesPage = await visitor.submit(page, { code: codeOf(secret) }, formIndex(page, 'code'))
  const [, list = ''] = /id="codes"><code>([^<]+)</.exec(codesPage.html) ?? []
  return { secret, codes: list.split('\n').map((code) => noteSecret('a recovery code', code)) }
}

/** The index of the form of a page with this field, or with this action. */
export function formIndex({ forms }: Page, fieldOrAction: string): number {
  return forms.findIndex(
    ({ action, fields }) =>
      action === fieldOrAction || fields.some(([name]) => name === fieldOrAction)
  )
}
