import t from 'tap'
import { runCases } from '../plugins/oauth-server/cases/index.ts'
import { deployService } from '../support/deployed-service.ts'
import { onPostgres } from '../support/helper.ts'

if (onPostgres) runCases(t, await deployService(t, 2))
else t.pass('the embedded database has one process')
