import { authorizationUrl } from '../../../support/oauth-client.ts'
import type { Form, Page, Visitor } from '../../../support/visitor.ts'
import type { World } from './world.ts'

/** The form of a consent page. */
export const consentForm = ({ forms }: Page): Form =>
  forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!

export interface Opened {
  user: Awaited<ReturnType<World['person']>>
  visitor: Visitor
  page: Page
  form: Form
  client: Awaited<ReturnType<World['register']>>
  verifier: string
}

/** A consent page that a person has before them. */
export async function opened(
  world: World,
  options: Parameters<World['register']>[0] = {}
): Promise<Opened> {
  const [client, user] = [await world.register(options), await world.person()]
  const visitor = await world.visitor(user)
  const { url, verifier } = authorizationUrl(client)
  const page = await visitor.get(url)
  return { user, visitor, page, form: consentForm(page), client, verifier }
}

/** What the form sends when Approve is clicked. */
export const approved = (form: Form): Array<[string, string]> => [
  ...form.fields,
  ['decision', 'approve']
]
