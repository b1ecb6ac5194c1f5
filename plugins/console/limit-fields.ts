import type { AccessLimits } from '../../db/schema/index.ts'
import { limitPermissions, permissionsOf } from '../../tools/scopes.ts'
import type { Texts } from '../../views/texts/index.ts'
import type { Parameters } from '../form-parameters.ts'
import { type PageNotice, typedText } from '../notices.ts'
import { limitFault } from '../oauth-server/limit-choice.ts'

/** What is wrong with chosen permissions and limits, at its field. */
export function limitProblem(
  texts: Texts,
  limits: AccessLimits,
  scope: string
): PageNotice['problem'] {
  const unlimited: AccessLimits = { ...limits, access: 'full', namespaces: null }
  if (limitPermissions(permissionsOf(scope), unlimited).size === 0) {
    return { form: 'limits', field: 'group', text: texts.apps.scopeProblem }
  }
  const fault = limitFault(limits, scope)
  if (fault === undefined) return undefined
  return { form: 'limits', field: 'reach', text: texts.limits[fault] }
}

/** The fields of the choice as they were sent. `groupField`: the name of the boxes of groups. */
export function typedLimits(
  form: Parameters,
  groupField: string
): NonNullable<PageNotice['typed']> {
  return {
    [groupField]: form.all(groupField).map(typedText),
    access: typedText(form.get('access')),
    reach: typedText(form.get('reach')),
    namespace: form.all('namespace').map(typedText),
    new_namespace: typedText(form.get('new_namespace')),
    beyond: typedText(form.get('beyond'))
  }
}
