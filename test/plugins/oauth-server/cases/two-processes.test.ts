import t from 'tap'
import { deployService } from '../../../support/deployed-service.ts'
import { onPostgres } from '../../../support/helper.ts'
import { runCases } from './index.ts'

/** What the processes must know of each other; test/prove/two-processes.prove.ts runs all cases. */
const subjects = ['consent', 'codes', 'refresh tokens', 'devices', 'revocation and introspection']

if (onPostgres) runCases(t, await deployService(t, 2), subjects)
else t.pass('the embedded database has one process')
