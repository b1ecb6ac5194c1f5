import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Page } from 'playwright-core'
import { issueApiKey } from '../../../db/people/api-keys.ts'
import { issueSession } from '../../../db/people/sessions.ts'
import type { User } from '../../../db/people/users.ts'
import { call, connectClient } from '../../support/mcp-client.ts'
import { authorizationUrl, redeem } from '../../support/oauth-client.ts'
import { registerDynamically } from '../../support/registration-client.ts'
import type { Running } from '../../support/running.ts'
import type { Teardown } from '../../support/teardown.ts'
import { makeZip } from '../../support/zip.ts'
import { openCallback } from '../callback.ts'
import { header, json, long, short, tiny } from './texts.ts'

const project = { project_id: short }

/**
 * Stores hostile texts through every way that an app, a person or a stranger has. Returns the path
 * of a consent page that shows some.
 */
export async function storeHostileTexts(
  t: Teardown,
  { running, page, user }: { running: Running; page: Page; user: User }
): Promise<string> {
  await storeAccounts(running, user)
  const apiKey = await issueApiKey(running.app.db, {
    user_id: user.user_id,
    name: short,
    scope: 'mcp:tools'
  })
  const client = await connectClient(t, running.url, apiKey.key)
  await storeMemories(client)
  await storeProject(client)
  const consentPath = await connectHostileApp(t, running, page)
  await leaveTraces(running)
  await uploadExport(running, page)
  return consentPath
}

/** Calls a tool, and throws if it refuses. */
async function send(client: Client, name: string, args: Record<string, unknown>): Promise<void> {
  const { text, isError } = await call(client, name, args)
  if (isError) throw new Error(`${name}: ${text.slice(0, 500)}`)
}

async function storeAccounts({ app, person }: Running, user: User): Promise<void> {
  const stranger = await person(`${tiny}@example.org`)
  await app.db.updateTable('users').set({ name: short }).execute()
  for (const owner of [user, stranger]) {
    await issueSession(app.db, owner, { days: 1, ip_address: '192.0.2.1', user_agent: header })
  }
  await app.db
    .insertInto('passkeys')
    .values({
      user_id: user.user_id,
      credential_id: 'AAAA',
      public_key: 'AAAA',
      counter: 0,
      transports: [tiny],
      name: short,
      backed_up: false
    })
    .execute()
}

async function storeMemories(client: Client): Promise<void> {
  const place = { agent_name: short, tags: [short, tiny], type: tiny }
  const origin = { session_id: short, speaker: short, metadata: { [short]: long } }
  await send(client, 'memory_store', { key: short, value: short, ...place, ...origin })
  await send(client, 'memory_update', { key: short, value: long, agent_name: short })
  await send(client, 'memory_store', { key: `${short}2`, value: json, ...place })
  await send(client, 'memory_store', { key: `${short}3`, value: long, ...place })
  await send(client, 'memory_store', { key: `gone ${short}`, value: long, ...place })
  await send(client, 'memory_delete', { key: `gone ${short}`, agent_name: short })
  await send(client, 'memory_store', { key: 'old', value: 'anchor' })
  for (const type of ['supersedes', 'contradicts']) {
    await send(client, 'graph_link', { from: `${short}2`, to: short, type, agent_name: short })
  }
  await send(client, 'graph_link', { from: 'old', to: `topic:${short}`, type: 'related_to' })
  await send(client, 'memory_search', { query: long })
}

async function storeProject(client: Client): Promise<void> {
  await send(client, 'coding_start_session', { ...project, description: long, tags: [short] })
  await send(client, 'coding_track_file_change', {
    ...project,
    file_path: short,
    action: 'edit',
    reason: long,
    diff: long
  })
  await send(client, 'coding_record_error', {
    ...project,
    error_type: tiny,
    message: long,
    file_path: short,
    solution: long,
    stack_trace: long
  })
  await send(client, 'coding_record_decision', { ...project, decision: short, rationale: long })
  await send(client, 'coding_track_interaction', {
    ...project,
    user_query: long,
    ai_response: long,
    interaction_type: 'question'
  })
  await send(client, 'coding_link_github_issue', {
    ...project,
    issue_number: 7,
    repository: 'acme/shop',
    title: short
  })
  const files = [{ path: `${tiny}.ts`, content: `// ${short}\nexport const a = 1\n` }]
  await send(client, 'coding_index_source_code', { ...project, files })
}

/** An app with a hostile name asks, is approved in the browser, and writes a memory. */
async function connectHostileApp(t: Teardown, running: Running, page: Page): Promise<string> {
  const callback = await openCallback(t)
  const { client_id: clientId } = await registerDynamically(running.url, {
    client_name: short,
    redirect_uris: [callback.uri],
    token_endpoint_auth_method: 'none'
  })
  const app = { client_id: clientId, redirect_uri: callback.uri }
  const { url, verifier } = authorizationUrl(app)
  await page.goto(running.url + url)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.waitForURL(`${callback.uri}?**`)
  const code = callback.answers[0]!['code']!
  const tokens = await redeem(running.url, app, { code, verifier })
  const client = await connectClient(t, running.url, tokens.access_token)
  await send(client, 'memory_store', { key: `${short}4`, value: long })
  return authorizationUrl(app, { prompt: 'consent' }).url
}

/** What strangers write into the audit log. */
async function leaveTraces({ url }: Running): Promise<void> {
  const headers = { 'user-agent': header, 'sec-fetch-site': 'same-origin' }
  const body = new URLSearchParams({ email: `${tiny}@example.org`, password: short })
  await fetch(`${url}/login`, { method: 'POST', body, headers })
  await fetch(`${url}/mcp`, { method: 'POST', headers: { ...headers, origin: `https://${tiny}` } })
  const query = new URLSearchParams({ client_id: short, redirect_uri: `https://x/?${short}` })
  await fetch(`${url}/api/v1/oauth/authorize?${query.toString()}`, { headers })
}

/** An export of ChatGPT whose examination shows its texts. */
async function uploadExport({ url }: Running, page: Page): Promise<void> {
  const conversation = {
    title: long,
    create_time: 1700000000,
    conversation_id: 'c-1',
    current_node: 'u',
    mapping: {
      u: {
        id: 'u',
        parent: null,
        children: [],
        message: {
          id: 'u',
          author: { role: 'user' },
          create_time: 1700000000,
          content: { content_type: 'text', parts: [long] }
        }
      }
    }
  }
  const zip = makeZip([
    { name: 'conversations.json', content: JSON.stringify([conversation]) },
    { name: `${tiny}.bin`, content: 'x' }
  ])
  await page.goto(`${url}/settings/import`)
  await page
    .getByLabel('File', { exact: true })
    .setInputFiles({ name: `${tiny}.zip`, mimeType: 'application/zip', buffer: zip })
  await page.getByRole('button', { name: 'Upload and examine' }).click()
  const ready = page.getByText('Ready to import')
  for (let tries = 0; tries < 50 && !(await ready.isVisible()); tries++) {
    await page.waitForTimeout(100)
    await page.reload()
  }
}
