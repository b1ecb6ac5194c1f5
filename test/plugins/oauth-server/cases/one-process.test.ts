import t from 'tap'
import { deployService } from '../../../support/deployed-service.ts'
import { casesBySubject, runCases } from './index.ts'

t.test('no subject loses a case, and each title is unique', async (t) => {
  const counts = Object.entries(casesBySubject).map(([subject, cases]) => [subject, cases.length])
  t.same(Object.fromEntries(counts), {
    'authorization requests': 15,
    'redirect URIs': 14,
    'loopback redirect URIs': 4,
    'authorization parameters': 9,
    'authorization endpoint': 8,
    consent: 9,
    'sign-in': 9,
    'token requests': 10,
    'client authentication': 6,
    'client secrets': 5,
    codes: 11,
    'refresh tokens': 12,
    devices: 4,
    'resource server': 10,
    'revocation and introspection': 8,
    registration: 7,
    'documents and operations': 14
  })
  const titles = Object.values(casesBySubject).flatMap((cases) => cases.map(({ title }) => title))
  t.equal(new Set(titles).size, titles.length)
})

runCases(t, await deployService(t, 1))
