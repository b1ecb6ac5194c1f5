import type { FastifyPluginAsync } from 'fastify'
import { positionText, readPosition } from '../../db/connection/position.ts'
import { type App, listApps } from '../../domain/apps/app.ts'
import { countActivity } from '../../domain/apps/activity.ts'
import type { CallContext } from '../../domain/context.ts'
import { appRow } from '../../plugins/console/app-rows.ts'
import type { AppRow } from '../../plugins/console/pages/apps.ts'
import { queryOf } from '../../plugins/form-parameters.ts'
import { appPages } from './app-pages.ts'
import { undoPages } from './undo-pages.ts'

const PAGE_SIZE = 50
/** Ended apps and keys on the first page, where they are folded away. */
const MAX_FOLDED = 10

/** The apps and keys of a person, and the page of each. */
const appsPages: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const context = app.console.context(session)
    const query = queryOf(request.url)
    const after = readPosition(query.get('after'))
    const endedAfter = readPosition(query.get('ended'))
    const endedOpen = query.get('ended') !== undefined
    const endedLimit = endedOpen ? PAGE_SIZE : MAX_FOLDED
    const [active, ended] = await Promise.all([
      listApps(context, { state: 'active', limit: PAGE_SIZE, after }),
      listApps(context, { state: 'ended', limit: endedLimit, after: endedAfter })
    ])
    const newKey = await app.notices.take(request, session, 'new-key')
    return app.console.show(request, reply, session, 'apps/list', {
      apps: await rowsOf(context, active.apps),
      ended: await rowsOf(context, ended.apps),
      endedOpen,
      links: {
        first: after !== undefined || endedAfter !== undefined ? '/apps' : undefined,
        more: active.hasMore ? `/apps?after=${lastPosition(active.apps)}` : undefined,
        moreEnded: ended.hasMore ? `/apps?ended=${lastPosition(ended.apps)}#ended` : undefined
      },
      newKey,
      mcpUrl: app.mcpUrl
    })
  })

  appPages(app)
  undoPages(app)
}
export default appsPages

async function rowsOf(context: CallContext, apps: App[]): Promise<AppRow[]> {
  const activity = await countActivity(context, apps)
  return apps.map((app) => appRow(app, activity.get(app.source_id)))
}

function lastPosition(apps: App[]): string {
  return encodeURIComponent(positionText(apps.at(-1)!.position))
}
