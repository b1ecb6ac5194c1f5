import type { CallFilter } from '../../db/audit/tool-calls.ts'
import { type Position, readPosition } from '../../db/connection/position.ts'
import { findApp } from '../../domain/apps/app.ts'
import type { CallContext } from '../../domain/context.ts'
import { resolveTimeWords } from '../../domain/memory/when.ts'
import type { Parameters } from '../../plugins/form-parameters.ts'
import { findTool } from '../../tools/index.ts'

/** The choices of the page, as its URL has them; "" is no choice. */
export interface ActivityQuery {
  app: string
  tool: string
  outcome: string
  when: string
  after: Position | undefined
}

/** The times that can be chosen, in the words of the tools. */
const timeWords: Record<string, string> = {
  today: 'today',
  yesterday: 'yesterday',
  week: 'last 7 days'
}

/** Unknown choices count as none. */
export function readActivityQuery(query: Parameters): ActivityQuery {
  const outcome = query.get('outcome') ?? ''
  const when = query.get('when') ?? ''
  return {
    app: query.get('app') ?? '',
    tool: findTool(query.get('tool') ?? '')?.name ?? '',
    outcome: outcome === 'ok' || outcome === 'failed' ? outcome : '',
    when: Object.hasOwn(timeWords, when) ? when : '',
    after: readPosition(query.get('after'))
  }
}

/** The filter of the choices. An app that is not this person's has no calls. */
export async function callFilterOf(
  context: CallContext,
  { app, tool, outcome, when }: ActivityQuery
): Promise<CallFilter> {
  const { db, principal } = context
  const [personApp, span] = await Promise.all([
    app === '' ? undefined : findApp(context, app),
    resolveTimeWords(db, principal.user_id, 'when', timeWords[when])
  ])
  return {
    ...(app !== '' && { app_id: personApp?.source_id ?? '' }),
    ...(tool !== '' && { tool }),
    ...(outcome !== '' && { outcome: outcome as 'ok' | 'failed' }),
    from: span?.from,
    until: span?.until
  }
}
