import fc from 'fast-check'
import t from 'tap'
import { Parameters, queryOf } from '../../../../plugins/form-parameters.ts'
import { holds } from './holds.ts'

const name = fc.constantFrom(
  'code',
  'state',
  'resource',
  'scope',
  'client_id',
  '__proto__',
  'constructor',
  ''
)
const text = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter((value) => !/[\0\ufffd]/.test(value))
const pairs = fc.array(fc.tuple(name, text), { maxLength: 20 })

t.test('encoded parameters are read back in order, without the empty ones', async (t) => {
  holds(
    t,
    fc.property(pairs, (entries) => {
      const parameters = new Parameters(new URLSearchParams(entries).toString())
      return (
        entries.every(([key]) => {
          const values = entries
            .filter(([name, value]) => name === key && value !== '')
            .map(([, value]) => value)
          return (
            parameters.get(key) === values[0] &&
            JSON.stringify(parameters.all(key)) === JSON.stringify(values)
          )
        }) && parameters.malformed.length === 0
      )
    })
  )
})

t.test('a name counts as repeated exactly when it has two values that are not empty', async (t) => {
  holds(
    t,
    fc.property(pairs, (entries) => {
      const counts = new Map<string, number>()
      for (const [key, value] of entries) {
        if (value !== '') counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      const twice = [...counts]
        .filter(([key, count]) => count > 1 && key !== 'resource')
        .map(([key]) => key)
      return (
        JSON.stringify(
          new Parameters(new URLSearchParams(entries).toString()).repeated('resource').sort()
        ) === JSON.stringify(twice.sort())
      )
    })
  )
})

t.test('any bytes are read unchanged or refused with 400', async (t) => {
  const percent = fc
    .array(
      fc.oneof(
        fc.constantFrom('%', '%0', '%zz', '%ff', '%c3%28', '%00', '&', '=', '+', ';', 'a'),
        fc.string({ maxLength: 3 })
      ),
      { maxLength: 150 }
    )
    .map((parts) => parts.join(''))
  holds(
    t,
    fc.property(fc.oneof(percent, fc.string({ unit: 'binary', maxLength: 400 })), (body) => {
      try {
        return new Parameters(body).toString() === body
      } catch (error) {
        return (error as { statusCode?: number }).statusCode === 400 && body.split('&').length > 100
      }
    }),
    3000
  )
})

t.test('a value that is not UTF-8 or holds a NUL counts as malformed', async (t) => {
  holds(
    t,
    fc.property(
      text,
      fc.constantFrom('%00', '%ff', '%c3%28', '%ed%a0%80'),
      text,
      (before, bad, after) =>
        new Parameters(
          `state=${encodeURIComponent(before)}${bad}${encodeURIComponent(after)}`
        ).malformed.includes('state')
    )
  )
})

t.test('the query of a URL extends to its end', async (t) => {
  holds(
    t,
    fc.property(pairs, (entries) => {
      const query = new URLSearchParams(entries).toString()
      return (
        queryOf(`/authorize?${query}`).toString() === query &&
        queryOf(`/authorize?${query}?x=1`).toString() === `${query}?x=1`
      )
    })
  )
})
