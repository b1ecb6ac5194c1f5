import type { ConnectClient, ClientId } from '../../../domain/connect/clients.ts'
import type { ClientState, Watched } from '../../../domain/connect/connections.ts'
import type { Tunnel } from '../../../domain/connect/tunnels.ts'
import type { Reach } from '../../../lib/public-url.ts'
import type { Check } from '../../doctor/visit.ts'
import type { NewKey } from '../../notices.ts'

export type ListedClient = Pick<ConnectClient, 'name' | 'runs'> & ClientState

export interface ConnectPages {
  'connect/clients': {
    mcpUrl: string
    reach: Reach
    clients: ListedClient[]
    tunnels: Tunnel[]
  }
  'connect/client': {
    client: Pick<ConnectClient, 'name' | 'runs' | 'proof' | 'parts'> & { id: ClientId }
    mcpUrl: string
    reach: Reach
    /** This page with the time since which it looks for a connection. */
    path: string
    /** That time, as the forms send it. */
    since: string
    watched: Watched
    /** Whether the server records calls. */
    recordsCalls: boolean
    /** Whether apps may register themselves. */
    registers: boolean
    /** The command or the settings of the client. */
    snippet?: string | undefined
    link?: string | undefined
    otherSnippet?: string | undefined
    /** Hidden value of the form for a key: one form creates one key. */
    keyForm: string
    /** The key that this page shows once. */
    newKey?: NewKey | undefined
    /** What the last test found, which this page shows once. */
    checks?: Check[] | undefined
    /** A QR code of this page as an SVG element. */
    qrCode?: string | undefined
  }
}
