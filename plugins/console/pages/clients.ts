import type { FormerSecret } from '../../../db/oauth/client-secrets.ts'
import type { Client } from '../../../db/oauth/clients.ts'

/** What a form registers: the values of its fields. */
export interface ClientTemplate {
  name: string
  redirect_uris: string
  auth_method: string
}

/** The registered apps of this server, for administrators. */
export interface ClientPages {
  'admin/clients': {
    clients: Array<
      Pick<Client, 'client_id' | 'client_name' | 'registration' | 'disabled_at'> & {
        created_at: Date
        last_used_at: Date | null
      }
    >
    search: string
    more?: string | undefined
  }
  'admin/new-client': {
    template: 'chatgpt' | 'claude' | 'custom'
    values: ClientTemplate
    scopes: readonly string[]
  }
  'admin/client': {
    client: Omit<Client, 'client_secret_hash' | 'registration_token_hash'>
    grants: number
    formerSecrets: FormerSecret[]
    hasSecret: boolean
    scopes: readonly string[]
  }
}
