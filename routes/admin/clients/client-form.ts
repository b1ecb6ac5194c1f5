import type { ClientMetadata } from '../../../db/oauth/client-metadata.ts'
import type { TokenEndpointAuthMethod } from '../../../db/schema/index.ts'
import type { Parameters } from '../../../plugins/form-parameters.ts'
import { type PageNotice, typedText } from '../../../plugins/notices.ts'
import { redirectUriFault } from '../../../plugins/oauth-server/authorize/redirect-uri.ts'
import { scopesSupported } from '../../../tools/scopes.ts'
import type { Texts } from '../../../views/texts/index.ts'

const MAX_NAME_LENGTH = 200
const MAX_REDIRECT_URIS = 20
const authMethods: TokenEndpointAuthMethod[] = ['client_secret_post', 'client_secret_basic', 'none']

export type FormMetadata = Pick<
  ClientMetadata,
  'client_name' | 'redirect_uris' | 'scope' | 'token_endpoint_auth_method'
>

/** The metadata that a form states, or the first problem at its field with what was typed. */
export function readClientForm(
  form: Parameters,
  texts: Texts['clients']
): { metadata: FormMetadata } | Required<Pick<PageNotice, 'problem' | 'typed'>> {
  const name = (form.get('name') ?? '').trim()
  const uris = [...new Set((form.get('redirect_uris') ?? '').split(/\s+/).filter(Boolean))]
  const scopes = scopesSupported.filter((scope) => form.all('scope').includes(scope))
  const authMethod = authMethods.find((method) => method === form.get('auth_method'))
  const fault = firstFault()
  if (fault) {
    return {
      problem: { form: 'client', ...fault },
      typed: {
        name: typedText(name),
        redirect_uris: typedText(form.get('redirect_uris')),
        auth_method: typedText(form.get('auth_method')),
        scope: scopes
      }
    }
  }
  return {
    metadata: {
      client_name: name,
      redirect_uris: uris,
      scope: scopes.join(' '),
      token_endpoint_auth_method: authMethod ?? 'client_secret_post'
    }
  }

  function firstFault(): { field: string; text: string } | undefined {
    if (name === '' || [...name].length > MAX_NAME_LENGTH || form.malformed.length > 0) {
      return { field: 'name', text: texts.nameFault }
    }
    if (uris.length === 0) return { field: 'redirect_uris', text: texts.uriMissing }
    if (uris.length > MAX_REDIRECT_URIS) return { field: 'redirect_uris', text: texts.tooManyUris }
    for (const uri of uris) {
      const uriFault = redirectUriFault(uri)
      if (uriFault) return { field: 'redirect_uris', text: texts.uriFault(uri, uriFault) }
    }
    if (scopes.length === 0) return { field: 'scope', text: texts.scopeMissing }
    return authMethod ? undefined : { field: 'auth_method', text: texts.authMethodMissing }
  }
}
