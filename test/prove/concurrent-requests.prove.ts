import t from 'tap'
import { checkConcurrentRequests } from '../plugins/oauth-server/concurrent-requests.ts'
import { deployService } from '../support/deployed-service.ts'
import { onPostgres } from '../support/helper.ts'

const ROUNDS = 5

for (const processes of onPostgres ? [1, 2] : [1]) {
  t.test(
    `${ROUNDS} rounds of 32 concurrent requests to ${processes} process(es) keep every promise`,
    async (t) => {
      const service = await deployService(t, processes, { RATE_LIMIT_PER_ADDRESS: '0' })
      for (let round = 0; round < ROUNDS; round++) await checkConcurrentRequests(t, service, 32)
    }
  )
}
