// database: any
import t from 'tap'
import { onPostgres } from '../../../support/helper.ts'
import { runCases } from './index.ts'
import { openWorld } from './world.ts'

if (onPostgres) runCases(t, await openWorld(t, 2))
else t.pass('the embedded database has one process')
