import t from 'tap'
import { deployService } from '../../../support/deployed-service.ts'
import { onPostgres } from '../../../support/helper.ts'
import { runCases } from './index.ts'

if (onPostgres) runCases(t, await deployService(t, 2))
else t.pass('the embedded database has one process')
