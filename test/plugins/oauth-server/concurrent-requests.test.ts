import t from 'tap'
import { deployService } from '../../support/deployed-service.ts'
import { onPostgres } from '../../support/helper.ts'
import { checkConcurrentRequests } from './concurrent-requests.ts'

for (const processes of onPostgres ? [1, 2] : [1]) {
  t.test(`concurrent requests to ${processes} process(es) keep every promise`, async (t) => {
    const service = await deployService(t, processes, { RATE_LIMIT_PER_ADDRESS: '0' })
    for (const count of [2, 8]) await checkConcurrentRequests(t, service, count)
  })
}
