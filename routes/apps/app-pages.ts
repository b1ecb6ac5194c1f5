import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { listCallEntries } from '../../db/audit/tool-calls.ts'
import { findCaptureSwitch, putCaptureSwitch } from '../../db/capture/switches.ts'
import { putAppChoice } from '../../db/oauth/app-choices.ts'
import { type AppInstallation, listInstallations } from '../../db/oauth/connected-apps.ts'
import { updateGrantLimits } from '../../db/oauth/grant-limits.ts'
import { listMemoriesOfApp } from '../../db/memory/written-by-app.ts'
import { updateApiKey, updateApiKeyLimits } from '../../db/people/api-keys.ts'
import type { Session } from '../../db/people/sessions.ts'
import type { AccessLimits, ToolList } from '../../db/schema/index.ts'
import type { App } from '../../domain/apps/app.ts'
import { countActivity } from '../../domain/apps/activity.ts'
import { normalizeName } from '../../lib/names.ts'
import { userAgentNames } from '../../lib/user-agent.ts'
import { requireApp } from '../../plugins/console/required-app.ts'
import { appRow, callRow } from '../../plugins/console/app-rows.ts'
import { limitProblem, typedLimits } from '../../plugins/console/limit-fields.ts'
import type { AppsPages, Installation } from '../../plugins/console/pages/apps.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'
import { typedText } from '../../plugins/notices.ts'
import { limitChoice, limitDetails, readLimits } from '../../plugins/oauth-server/limit-choice.ts'
import { toolLists } from '../../tools/lists.ts'
import { groupsOf, narrowScope } from '../../tools/scopes.ts'

type AppPath = { Params: { app_id: string } }

const MAX_INSTALLATIONS = 20
const MAX_ENTRIES = 8
const VALUE_LENGTH = 160
const MAX_NAME_LENGTH = 100

/** The page of an app or a key, and the forms that change what it is called and may do. */
export function appPages(app: FastifyInstance): void {
  app.get<AppPath>('/:app_id', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const personApp = await requireApp(app, request, session, request.params.app_id)
    const data = await appPage(app, request, session, personApp)
    return app.console.show(request, reply, session, 'apps/app', data)
  })

  app.post<AppPath>('/:app_id/rename', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const personApp = await requireApp(app, request, session, request.params.app_id)
    return rename(app, request, reply, session, personApp)
  })

  app.post<AppPath>('/:app_id/limits', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const personApp = await requireApp(app, request, session, request.params.app_id)
    return saveLimits(app, request, reply, session, personApp)
  })

  app.post<AppPath>('/:app_id/tools', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const personApp = await requireApp(app, request, session, request.params.app_id)
    const toolList = toolListOf(formOf(request).get('tool_list'))
    await changeApp(app, session, personApp, { tool_list: toolList })
    await auditChange(request, session, personApp, 'app.tools_chosen', { tool_list: toolList })
    const notice = request.texts.apps.toolsSaved
    return app.console.redirect(reply, session, `/apps/${personApp.app_id}`, { notice })
  })

  app.post<AppPath>('/:app_id/capture', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const personApp = await requireApp(app, request, session, request.params.app_id)
    const enabled = formOf(request).get('capture') === 'on'
    await putCaptureSwitch(app.db, session.user_id, 'app', personApp.source_id, enabled)
    await auditChange(request, session, personApp, 'app.capture_chosen', { enabled })
    const { captureOn, captureOff } = request.texts.apps
    const notice = enabled ? captureOn(personApp.name) : captureOff(personApp.name)
    return app.console.redirect(reply, session, `/apps/${personApp.app_id}`, { notice })
  })
}

async function appPage(
  app: FastifyInstance,
  request: FastifyRequest,
  session: Session,
  personApp: App
): Promise<AppsPages['apps/app']> {
  const { db } = app
  const { user_id: userId } = session
  const after = queryOf(request.url).get('after')
  const filter = { app_id: personApp.source_id }
  const [activity, grants, memories, { calls }, limits, captured] = await Promise.all([
    countActivity(app.console.context(session), [personApp]),
    personApp.kind === 'key'
      ? []
      : listInstallations(db, userId, personApp.source_id, {
          limit: MAX_INSTALLATIONS + 1,
          after
        }),
    listMemoriesOfApp(db, userId, personApp.source_id, {
      limit: MAX_ENTRIES,
      valueLimit: VALUE_LENGTH
    }),
    listCallEntries(db, userId, filter, { limit: MAX_ENTRIES }),
    limitChoice(db, userId, personApp),
    findCaptureSwitch(db, userId, 'app', personApp.source_id)
  ])
  const listed = grants.slice(0, MAX_INSTALLATIONS)
  const lastGrant = grants.length > MAX_INSTALLATIONS ? listed.at(-1)?.grant_id : undefined
  return {
    app: appRow(personApp, activity.get(personApp.source_id)),
    groups: [...grantedGroups(personApp)].map((group) => ({
      group,
      checked: personApp.groups === null || personApp.groups.includes(group)
    })),
    limits,
    toolList: personApp.tool_list,
    captured: captured === true,
    captureDays: app.config.CAPTURE_DAYS,
    installations: listed.map(installationOf),
    unused: listed.filter((grant) => grant.unused_since).map((grant) => grant.grant_id),
    moreInstallations: lastGrant && `/apps/${personApp.app_id}?after=${lastGrant}#installations`,
    memories,
    calls: calls.map(callRow),
    mayUndo: session.role !== 'read_only'
  }
}

function installationOf(grant: AppInstallation): Installation {
  return {
    grant_id: grant.grant_id,
    created_at: grant.created_at,
    last_used_at: grant.last_used_at,
    unused_since: grant.unused_since,
    origin: grant.redirect_origin,
    address: grant.ip_address,
    names: userAgentNames(grant.user_agent),
    userAgent: grant.user_agent
  }
}

/** The groups that the person granted: no choice here goes beyond them. */
function grantedGroups(personApp: App) {
  return groupsOf(narrowScope(personApp.scope, personApp.client_scope ?? personApp.scope))
}

async function rename(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  personApp: App
): Promise<FastifyReply> {
  const { apps: texts } = request.texts
  const path = `/apps/${personApp.app_id}`
  const typed = formOf(request).get('name') ?? ''
  const name = normalizeName(typed)
  if ([...name].length > MAX_NAME_LENGTH || (name === '' && personApp.kind === 'key')) {
    const problem = { form: 'rename', field: 'name', text: texts.nameProblem }
    const notice = { problem, typed: { name: typedText(typed) }, status: 400 }
    return app.console.redirect(reply, session, path, notice)
  }
  await changeApp(app, session, personApp, { name })
  await auditChange(request, session, personApp, 'app.renamed', { name })
  const notice = texts.renamed(name || (personApp.own_name ?? personApp.name))
  return app.console.redirect(reply, session, path, { notice })
}

/** Stores a name, where "" is the app's own, or a tool list. */
async function changeApp(
  { db }: FastifyInstance,
  { user_id: userId }: Session,
  { kind, source_id: id }: App,
  change: { name: string } | { tool_list: ToolList | null }
): Promise<void> {
  if (kind === 'key') await updateApiKey(db, userId, id, change)
  else if ('name' in change) await putAppChoice(db, userId, id, { name: change.name || null })
  else await putAppChoice(db, userId, id, change)
}

async function saveLimits(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  personApp: App
): Promise<FastifyReply> {
  const { apps: texts } = request.texts
  const path = `/apps/${personApp.app_id}`
  const form = formOf(request)
  const granted = [...grantedGroups(personApp)]
  const kept = granted.filter((group) => form.all('group').includes(group))
  const limits: AccessLimits = {
    ...readLimits(form),
    groups: kept.length === granted.length ? null : kept
  }
  const problem = limitProblem(request.texts, limits, personApp.scope)
  if (problem) {
    const notice = { problem, typed: typedLimits(form, 'group'), status: 400 }
    return app.console.redirect(reply, session, `${path}#permissions`, notice)
  }
  const { user_id: userId } = session
  const entry = request.auditEntry('oauth.grant.limited', { user_id: userId })
  if (personApp.kind === 'client') {
    await updateGrantLimits(
      app.db,
      { user_id: userId, client_id: personApp.source_id },
      limits,
      entry
    )
  } else if (await updateApiKeyLimits(app.db, userId, personApp.source_id, limits)) {
    await auditChange(request, session, personApp, 'key.limited', limitDetails(limits))
  }
  return app.console.redirect(reply, session, path, { notice: texts.limitsSaved(personApp.name) })
}

function toolListOf(text: string | undefined): ToolList | null {
  return text !== undefined && Object.hasOwn(toolLists, text) ? (text as ToolList) : null
}

async function auditChange(
  request: FastifyRequest,
  { user_id: userId }: Session,
  { kind, source_id: id }: App,
  action: string,
  details: Record<string, unknown>
): Promise<void> {
  await request.audit(action, {
    user_id: userId,
    ...(kind === 'client' && { client_id: id }),
    details: { ...(kind === 'key' && { key_id: id }), ...details }
  })
}
