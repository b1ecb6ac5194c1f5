// process: own
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { analyse } from 'scslre'
import t from 'tap'
import { projectFiles, readSources, root } from './support/sources.ts'

/**
 * Expressions that take the square of their text's length, or more, and why that harms nobody.
 * Everything else has to be linear.
 */
const bounded: Record<string, string> = {
  '/\\s*\\n\\s*/g': "over error messages of our own and of the operator's settings",
  '/\\/+$/': 'over an address that the operator sets',
  '/\\s+\\S*$/': 'over our own descriptions of tools',
  '/(?:[\\w.@+-]+[/\\\\])+[\\w.@+-]+\\.[a-z]\\w{0,5}/gi':
    'over a line of an error cut to 1200 characters',
  '/^\\s*(?:[-*+]|\\d+[.)])\\s+(.*)$/':
    'over a line of a file that the operator imports by command',
  '/^\\[([^[\\]()]+)\\]\\s+(.+)$/': 'over a line of a file that the operator imports by command',
  '/[),.;:]+$/': 'over a line of a file that the operator imports by command',
  '/[ \\t]*\\ue200[^\\ue201]*\\ue201/g': 'over a file that the operator imports by command'
}

const files = projectFiles().filter(
  (file) => file.endsWith('.ts') && !/^(test|bench|migrations)\//.test(file)
)
const sources = readSources(files)
const expressions = [
  ...sources.flatMap(({ file, expressions }) => expressions.map((literal) => ({ file, literal }))),
  ...(await composedExpressions())
]

/**
 * The expressions that modules compose with `new RegExp(...)` when they are loaded: no parser sees
 * these whole.
 */
async function composedExpressions(): Promise<Array<{ file: string; literal: string }>> {
  const composed: Array<{ file: string; literal: string }> = []
  const original = globalThis.RegExp
  let loading = ''
  globalThis.RegExp = new Proxy(original, {
    construct(target, args: [string, string?]) {
      const expression = Reflect.construct(target, args) as RegExp
      const caller = new Error().stack?.split('\n')[2] ?? ''
      if (!caller.includes('node_modules')) {
        composed.push({ file: loading, literal: `${expression}` })
      }
      return expression
    }
  })
  try {
    for (const file of files.filter((name) => /^(lib|db|domain|tools|plugins)\//.test(name))) {
      if (/(child|thread|worker|guard)\.ts$|\.d\.ts$/.test(file)) continue // these run at once
      loading = file
      await import(pathToFileURL(join(root, 'dist', file.replace(/\.ts$/, '.js'))).href)
    }
  } finally {
    globalThis.RegExp = original
  }
  return composed
}

function isSuperLinear(literal: string): boolean {
  const end = literal.lastIndexOf('/')
  const { reports } = analyse(
    { source: literal.slice(1, end), flags: literal.slice(end + 1) },
    { assumeRejectingSuffix: false }
  )
  return reports.length > 0
}

t.test('the analysis finds what is quadratic, and not what is linear', async (t) => {
  t.same(['/^\\s*Traceback/m', '/\\s+$/', '/^(a+)+$/', '/^\\S+@\\S+$/'].map(isSuperLinear), [
    true,
    true,
    true,
    true
  ])
  t.same(
    ['/^[ \\t]*Traceback/', '/\\s+/g', '/^[^\\s@]+@[^\\s@]+$/', '/(?<!\\s)\\s+$/'].map(
      isSuperLinear
    ),
    [false, false, false, false]
  )
})

t.test(
  'every regular expression of the sources is linear, or its text is bounded or trusted',
  async (t) => {
    t.ok(sources.length > 250 && expressions.length > 300, 'they are found')
    t.ok(
      expressions.some(({ file }) => file === 'domain/time/calendar.ts'),
      'composed ones, too'
    )
    const flagged = new Map<string, string[]>()
    for (const { file, literal } of expressions) {
      const seen = flagged.get(literal)
      if (seen) seen.push(file)
      else if (isSuperLinear(literal)) flagged.set(literal, [file])
    }
    t.same(
      [...flagged]
        .filter(([literal]) => !Object.hasOwn(bounded, literal))
        .map(([literal, where]) => `${where.join(', ')}: ${literal}`),
      []
    )
    t.same(
      Object.keys(bounded).filter((literal) => !flagged.has(literal)),
      [],
      'none is excused that is not there'
    )
  }
)
