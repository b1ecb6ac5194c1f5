import t from 'tap'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { type Caller, people } from '../caller.ts'

const record = async (caller: Caller, message: string, more: object = {}) =>
  (
    await caller.call('coding_record_error', {
      project_id: 'p',
      error_type: 'Error',
      message,
      ...more
    })
  ).answer
const search = async (caller: Caller, query: string, more: object = {}) =>
  (await caller.call('coding_search_errors', { project_id: 'p', query, ...more })).answer.results

async function working(...projects: string[]): Promise<Caller> {
  const {
    callers: [caller]
  } = await people('ada')
  for (const project of projects) {
    await caller!.call('coding_start_session', { project_id: project, description: 'Goal' })
  }
  return caller!
}

t.test(
  'equal errors are one result with its solution; the own project and solved ones come first',
  async (t) => {
    const ada = await working('p', 'q')
    await record(ada, 'lock 0x11 timed out after 10 ms')
    await record(ada, 'lock 0x22 timed out after 20 ms', {
      project_id: 'q',
      solution: 'Restart the worker.'
    })
    t.match(await search(ada, 'lock 0x33 timed out after 99 s'), [
      { matched: 'same', solution: 'Restart the worker.', occurrences: 2, projects: ['p', 'q'] }
    ])
    const { solved } = await record(ada, 'lock 0x44 timed out after 5 ms', {
      solution: 'Release it in finally.'
    })
    t.equal(solved.length, 1)
    const [firstResult, ...rest] = await search(ada, 'Error: lock 0x33 timed out after 99 s')
    t.match(
      firstResult,
      {
        solution: 'Release it in finally.',
        other_solutions: ['Restart the worker.'],
        occurrences: 2
      },
      "the project's own first"
    )
    t.same(rest, [])
    t.match(await search(ada, 'lock 0x33 timed out after 99 s', { project_id: 'q' }), [
      { solution: 'Restart the worker.', projects: ['q', 'p'] }
    ])
  }
)

t.test(
  'of two messages in one log the solved one comes first, then what is similar by its words',
  async (t) => {
    const ada = await working('p')
    await record(ada, 'cache miss storm')
    await record(ada, 'disk quota exceeded on volume seven', { solution: 'Rotate the logs.' })
    await record(ada, 'volume seven is read-only', { solution: 'Remount it.' })
    const results = await search(
      ada,
      'Error: cache miss storm\nError: disk quota exceeded on volume seven\n    at x (/a.js:1:1)'
    )
    t.same(
      results.map(({ matched, solution }: { matched: string; solution?: string }) => [
        matched,
        solution
      ]),
      [
        ['same', 'Rotate the logs.'],
        ['same', undefined],
        ['similar', 'Remount it.']
      ]
    )
    t.equal((await search(ada, 'volume seven', { k: '1' })).length, 1)
    t.same(
      await search(ada, 'Oops\n    at volume (/srv/seven.js:1:1)'),
      [],
      'a stack says nothing of what went wrong'
    )
    t.same(await search(ada, 'entirely different trouble'), [])
    t.match(
      (
        await ada.call('coding_search_errors', {
          project_id: 'p',
          query: 'entirely different trouble'
        })
      ).text,
      /No similar error.*coding_record_error/
    )
  }
)

t.test(
  'a solution goes to the record it names or to the same open error; else it is a new record',
  async (t) => {
    const ada = await working('p', 'q')
    const { error_id: id } = await record(ada, 'first words', {
      tags: ['build'],
      stack_trace: 'at x'
    })
    t.match(
      await ada.refusal('coding_record_error', {
        project_id: 'p',
        error_type: 'E',
        message: 'm',
        error_id: id
      }),
      /Add the solution/
    )
    t.match(
      await ada.refusal('coding_record_error', {
        project_id: 'q',
        error_type: 'E',
        message: 'm',
        error_id: id,
        solution: 's'
      }),
      /has no error/
    )
    t.match(await record(ada, 'other words', { error_id: id, solution: 'It was the cache.' }), {
      error_id: id,
      resolved: true,
      solved: [id]
    })
    t.match(
      (await ada.call('memory_recall', { key: id })).answer,
      {
        value: 'Error in p: first words\nSolution: It was the cache.\n\nat x',
        tags: ['p', 'build']
      },
      'its memory has it too'
    )
    await record(ada, 'other words', { error_id: id, solution: 'It was the disk.' })
    t.match(
      (await ada.call('memory_recall', { key: id })).answer.value,
      'Solution: It was the disk.',
      'the solution of a solved error can be corrected by its id'
    )
    await record(ada, 'other words', { error_id: id, solution: 'It was the cache.' })
    t.match(
      await record(ada, 'first words', { solution: 'It was the cache, again.' }),
      { resolved: true, solved: undefined },
      'nothing was open any more'
    )
    t.match(await record(ada, 'first words', { project_id: 'q' }), {
      resolved: false,
      known_solution: 'It was the cache, again.',
      known_from: / in p$/
    })
    t.match(await search(ada, 'first words'), [{ occurrences: 3 }])
  }
)

t.test('of solutions given at one instant each is answered, and the error is solved', async (t) => {
  const ada = await working('p')
  await record(ada, 'race')
  const answers = await Promise.all(
    [1, 2, 3, 4].map((n) => record(ada, 'race', { solution: `solution ${n}` }))
  )
  t.equal(answers.filter(({ solved }) => solved).length, 1)
  t.match(await search(ada, 'race'), [{ occurrences: 4, other_solutions: { length: 2 } }])
})

t.test(
  'names and texts of the longest kind, of any characters, are recorded and found',
  async (t) => {
    const project = '😀'.repeat(255)
    const ada = await working(project)
    for (const message of [
      `abc${'😀'.repeat(9000)}`,
      `ab${'😀'.repeat(9000)}`,
      'é'.repeat(20_000)
    ]) {
      await record(ada, message, {
        project_id: project,
        file_path: '長'.repeat(1000),
        solution: '鍵'.repeat(20_000)
      })
      t.match((await search(ada, message, { project_id: project }))[0], {
        matched: 'same',
        projects: [project]
      })
    }
    await ada.call('coding_link_github_issue', {
      project_id: project,
      issue_number: 2 ** 31 - 1,
      repository: `${'a'.repeat(99)}/${'b'.repeat(99)}`,
      title: '題'.repeat(1000)
    })
    const { text } = await ada.call('coding_get_project_context', {
      project_id: project,
      focus: '鍵',
      max_tokens: 8000
    })
    t.ok(text.length < 40_000)
    t.match(
      (await ada.call('coding_end_session', { project_id: project })).answer.summary,
      /3 errors \(3 resolved\)/
    )
  }
)

t.test(
  'long traces and solutions are cut where they are shown, and an answer stays within bounds',
  async (t) => {
    const ada = await working('p')
    const words = [
      'alpha',
      'bravo',
      'charlie',
      'delta',
      'echo',
      'foxtrot',
      'golf',
      'hotel',
      'india',
      'juliet',
      'kilo',
      'lima'
    ]
    for (const word of words) {
      await record(ada, `zebra ${word} ${'text '.repeat(2000)}`, {
        solution: 'long '.repeat(3000),
        stack_trace: 'at x\n'.repeat(30_000)
      })
    }
    const { answer, text } = await ada.call('coding_search_errors', {
      project_id: 'p',
      query: 'zebra',
      k: 50
    })
    t.equal(answer.results.length, words.length)
    t.ok(JSON.stringify(answer).length + text.length < 150_000)
  }
)

t.test(
  'a solution locks the memories of its errors in the order in which an undo does',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const ada = await working('p')
    for (let i = 0; i < 2; i++) await record(ada, 'it broke')
    const { db, settings } = await people()
    const errors = () =>
      db
        .selectFrom('coding_errors')
        .select('memory_id')
        .where('user_id', '=', ada.user_id)
        .orderBy('memory_id')
    const [first, second] = (await errors().execute()).map(({ memory_id: id }) => id)
    await db
      .updateTable('coding_errors')
      .set({ created_at: new Date(0) })
      .where('user_id', '=', ada.user_id)
      .where('memory_id', '=', first!)
      .execute()
    const [undo, watch] = [await databaseClient(t, settings), await databaseClient(t, settings)]
    const lock = (id: string) =>
      undo.query('select from memories where user_id = $1 and memory_id = $2 for update', [
        ada.user_id,
        id
      ])
    await undo.query('begin')
    await lock(first!)
    const solved = record(ada, 'it broke', { solution: 'Mend it.' })
    await untilWaiting(watch)
    await lock(second!)
    await undo.query('commit')
    t.equal((await solved).solved.length, 2)
  }
)
