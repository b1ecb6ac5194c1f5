import fc from 'fast-check'
import t from 'tap'
import {
  cyclesThrough,
  depthsOf,
  groupsOf,
  reachedFrom,
  reverseGraph
} from '../../../domain/code/graph.ts'
import { isTestFile } from '../../../lib/test-files.ts'
import { type Caller, people } from '../caller.ts'

const imports = (...paths: string[]) => paths.map((path) => `import '${path}'\n`).join('')
const files = Object.entries({
  'app.ts': imports('./routes', './db'),
  'routes.ts': imports('./orders', 'fastify'),
  'orders.ts': imports('./payments', './db'),
  'payments.ts': imports('./orders', './money'),
  'money.ts': 'export const cents = 100\nexport function round (x: number) { return x }\n',
  'db.ts': '',
  'orders.test.ts': imports('./orders'),
  'unused.ts': ''
}).map(([path, content]) => ({ path, content }))

async function indexed(): Promise<Caller> {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('coding_index_source_code', { project_id: 'shop', files })
  return ada!
}

t.test(
  'dependencies: what a file defines, imports and is imported by, how deep, and its cycles',
  async (t) => {
    const ada = await indexed()
    const about = async (path: string) =>
      ada.call('coding_analyze_file_dependencies', { project_id: 'shop', file_path: path })
    t.same((await about('orders.ts')).answer, {
      file_path: 'orders.ts',
      symbols: [],
      imports: ['db.ts', 'payments.ts'],
      external: [],
      imported_by: ['orders.test.ts', 'payments.ts', 'routes.ts'],
      depth: 1,
      cycles: [['orders.ts', 'payments.ts', 'orders.ts']]
    })
    const { answer, text } = await about('money.ts')
    t.match(answer, {
      symbols: ['constant cents 1-1', 'function round 2-2'],
      imports: [],
      imported_by: ['payments.ts'],
      depth: 0,
      cycles: []
    })
    t.match(
      text,
      /money\.ts imports 0 files of the project, 0 deep; it is imported by 1; in no cycle\./
    )
    t.match((await about('./routes.ts')).answer, { external: ['fastify'], depth: 2 })
    t.match((await about('app.ts')).answer, { depth: 3 })
    t.match(
      (await about('/srv/shop/money.ts')).answer,
      { file_path: 'money.ts' },
      'an absolute path counts from where the project begins'
    )
    t.match((await about('C:\\shop\\money.ts')).answer, { file_path: 'money.ts' })
    t.match(
      await ada.refusal('coding_analyze_file_dependencies', {
        project_id: 'shop',
        file_path: 'src/db.ts'
      }),
      /"src\/db\.ts" is not indexed in project "shop"\..* such as db\.ts\.$/
    )
    t.match(
      await ada.refusal('coding_analyze_file_dependencies', {
        project_id: 'shop',
        file_path: 'gone.ts'
      }),
      /such as app\.ts, db\.ts/
    )
  }
)

t.test(
  'impact: who depends on a file, nearest first, which tests reach it, and the risk',
  async (t) => {
    const ada = await indexed()
    const impact = async (path: string) =>
      await ada.call('coding_analyze_refactor_impact', { project_id: 'shop', file_path: path })
    t.match((await impact('money.ts')).answer, {
      risk: 'high',
      direct: 1,
      total: 4,
      dependents: ['payments.ts', 'orders.ts', 'routes.ts', 'app.ts'],
      tests: ['orders.test.ts']
    })
    t.match((await impact('unused.ts')).answer, {
      risk: 'low',
      total: 0,
      tests: [],
      advice: [/No indexed test reaches it/, /entry points/]
    })
    t.match((await impact('routes.ts')).answer, {
      risk: 'medium',
      why: '1 file imports it, and 1 depends on it in all.'
    })
    const { answer, text } = await impact('payments.ts')
    t.match(answer, { risk: 'high', why: /cycle with 1 of them/ })
    t.match(
      text,
      new RegExp(
        'Changing payments\\.ts: high risk[^]*' +
          'Change it together with orders\\.ts, or break the cycle first'
      )
    )
  }
)

t.test(
  'order: what others depend on first, also through files that are not named; a cycle in one step',
  async (t) => {
    const ada = await indexed()
    const { answer, text } = await ada.call('coding_suggest_refactor_order', {
      project_id: 'shop',
      files: '["app.ts", "money.ts", "orders.ts", "payments.ts", "gone.ts"]'
    })
    t.same(answer, {
      order: [
        { files: ['money.ts'], cycle: false },
        { files: ['orders.ts', 'payments.ts'], cycle: true },
        { files: ['app.ts'], cycle: false }
      ],
      unknown: ['gone.ts']
    })
    t.match(text, /2\. orders\.ts, payments\.ts \(in a cycle: change together\)/)
    t.match(
      await ada.refusal('coding_suggest_refactor_order', {
        project_id: 'shop',
        files: ['gone.ts']
      }),
      /"gone\.ts" is not indexed/
    )
  }
)

t.test('a change of one file changes what is known of all', async (t) => {
  const ada = await indexed()
  await ada.call('coding_index_source_code', {
    project_id: 'shop',
    files: [{ path: 'payments.ts', content: imports('./money') }],
    removed: ['routes.ts']
  })
  const { answer } = await ada.call('coding_analyze_file_dependencies', {
    project_id: 'shop',
    file_path: 'orders.ts'
  })
  t.match(answer, { cycles: [], depth: 2, imported_by: ['orders.test.ts'] })
})

t.test('on graphs of any form: groups, depths and cycles are what they should be', async () => {
  const nodes = ['a', 'b', 'c', 'd', 'e', 'f']
  const links = fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(...nodes), fc.constantFrom(...nodes))
      .filter(([from, to]) => from !== to),
    { selector: String, maxLength: 20 }
  )
  fc.assert(
    fc.property(links, (pairs) => {
      const graph = new Map(
        nodes.map((node) => [
          node,
          new Set(pairs.filter(([from]) => from === node).map(([, to]) => to))
        ])
      )
      const reaches = (from: string, to: string) => reachedFrom(graph, from).has(to)
      const groups = groupsOf(graph)
      const place = new Map(groups.flatMap((group, i) => group.map((node) => [node, i] as const)))
      const together = nodes.every((a) =>
        nodes.every(
          (b) => a === b || (place.get(a) === place.get(b)) === (reaches(a, b) && reaches(b, a))
        )
      )
      const after = pairs.every(([from, to]) => place.get(from)! >= place.get(to)!)
      const depths = depthsOf(graph, groups)
      const deeper = pairs.every(([from, to]) =>
        place.get(from) === place.get(to)
          ? depths.get(from) === depths.get(to)
          : depths.get(from)! > depths.get(to)!
      )
      const cycles = nodes.every((node) => {
        const nodeCycles = cyclesThrough(graph, node, 10)
        const real = nodeCycles.every(
          (cycle) =>
            cycle[0] === node &&
            cycle.at(-1) === node &&
            cycle.slice(1).every((to, i) => graph.get(cycle[i]!)!.has(to))
        )
        return (
          real &&
          nodeCycles.length === [...graph.get(node)!].filter((to) => reaches(to, node)).length
        )
      })
      const backwards = reverseGraph(graph)
      return (
        together &&
        after &&
        deeper &&
        cycles &&
        pairs.every(([from, to]) => backwards.get(to)!.has(from))
      )
    })
  )
})

t.test('a chain of 20,000 files is followed to its end', async (t) => {
  const graph = new Map(
    Array.from({ length: 20_000 }, (_, i) => [`${i}`, new Set(i < 19_999 ? [`${i + 1}`] : [])])
  )
  t.equal(depthsOf(graph, groupsOf(graph)).get('0'), 19_999)
})

t.test('tests are told by the customs of their languages', async (t) => {
  for (const path of [
    'test/a.ts',
    'a.test.ts',
    'src/a.spec.tsx',
    'a_test.go',
    'test_a.py',
    'src/test/java/ATest.java',
    'spec/a_spec.rb',
    '__tests__/a.js',
    'pkg/ThingTests.cs',
    'src\\test\\a.ts',
    'src\\test_a.py',
    'a.specs.js',
    'ThingSpec.scala'
  ]) {
    t.ok(isTestFile(path), path)
  }
  for (const path of ['src/latest.ts', 'contest/a.ts', 'attest.py', 'Testament.java']) {
    t.notOk(isTestFile(path), path)
  }
})
