import type { User } from '../../../../db/people/users.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import {
  authorizationUrl,
  type ClientOptions,
  type OAuthClient
} from '../../../support/oauth-client.ts'
import type { Form, Page, Visitor } from '../../../support/visitor.ts'

/** The form with which a person decides. */
export const consentForm = ({ forms }: Page): Form =>
  forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!

export interface ConsentPage {
  user: User
  visitor: Visitor
  page: Page
  form: Form
  client: OAuthClient
  verifier: string
}

/** Opens the consent page of a new client as a new person. */
export async function openConsentPage(
  service: DeployedService,
  options: ClientOptions = {}
): Promise<ConsentPage> {
  const [client, user] = [await service.register(options), await service.person()]
  const visitor = await service.visitor(user)
  const { url, verifier } = authorizationUrl(client)
  const page = await visitor.get(url)
  return { user, visitor, page, form: consentForm(page), client, verifier }
}

/** The fields that a click on Approve sends. */
export const approvedFields = (form: Form): Array<[string, string]> => [
  ...form.fields,
  ['decision', 'approve']
]
