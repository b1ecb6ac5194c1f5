import { spawn } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import type { Mutation } from '../mutations/mutation.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const compiled = (file: string) => join('dist', file.replace(/\.ts$/, '.js'))

/** What is wrong with an entry of the list, or undefined: its text must stand in its file once. */
export function faultOf({ file, intact, broken, test, title }: Mutation): string | undefined {
  const places = placesOf(readFileSync(join(root, file), 'utf8'), intact)
  if (places.length !== 1) return `${file} has ${places.length} times: ${intact}`
  if (intact === broken) return `${file}: nothing is broken by ${broken}`
  const source = testSource(test).replaceAll("\\'", "'")
  return source.includes(`'${title}`) || source.includes(`"${title}`)
    ? undefined
    : `${test} has no test "${title}"`
}

/** The text that holds the titles: the test file, and the modules of a folder of cases. */
function testSource(test: string): string {
  const path = join(root, test)
  if (!test.includes('/cases/')) return readFileSync(path, 'utf8')
  const files = readdirSync(dirname(path)).filter((name) => name.endsWith('.ts'))
  return files.map((name) => readFileSync(join(dirname(path), name), 'utf8')).join('\n')
}

/** Where the text stands in the source, whatever the blanks and line ends between its parts. */
function placesOf(source: string, text: string): Array<{ start: number; end: number }> {
  const characters = [...source.matchAll(/\S/g)]
  const dense = characters.map(([character]) => character).join('')
  const wanted = text.replace(/\s/g, '')
  const places = []
  for (let at = dense.indexOf(wanted); at >= 0; at = dense.indexOf(wanted, at + 1)) {
    const last = characters[at + wanted.length - 1]!
    places.push({ start: characters[at]!.index, end: last.index + 1 })
  }
  return places
}

/** A copy of the compiled service and tests, in which lines can be broken; remove it afterwards. */
export class BreakableCopy {
  readonly #directory = mkdtempSync(join(tmpdir(), 'kagura-mutations-'))

  constructor() {
    cpSync(join(root, 'dist'), join(this.#directory, 'dist'), { recursive: true })
    for (const shared of [
      'node_modules',
      'package.json',
      '.taprc',
      'test',
      'docs',
      'README.md',
      '.env.example'
    ]) {
      symlinkSync(join(root, shared), join(this.#directory, shared))
    }
  }

  /**
   * What the named test of the file says: `passed`, `noticed` when that very test fails, or how it
   * ended otherwise.
   */
  async run({ test, title }: Pick<Mutation, 'test' | 'title'>): Promise<string> {
    const child = spawn(process.execPath, ['--enable-source-maps', compiled(test)], {
      cwd: this.#directory,
      env: { ...process.env, TAP_GREP: `/${escaped(title)}/`, TAP_TIMEOUT: '900', TAP_BAIL: '0' },
      stdio: ['ignore', 'pipe', 'ignore']
    })
    const [output, code] = await Promise.all([
      text(child.stdout),
      new Promise<number | null>((resolve) => {
        child.once('close', resolve)
      })
    ])
    const line = new RegExp(`^(not )?ok \\d+ - ${escaped(title)}(?!.*# SKIP)`, 'm').exec(output)
    if (!line) return `did not run (code ${code}): ${output.slice(-500)}`
    return line[1] === undefined ? 'passed' : 'noticed'
  }

  /** The same with the line broken; the copy is whole again afterwards. */
  async runBroken({ file, intact, broken, ...named }: Mutation): Promise<string> {
    const path = join(this.#directory, compiled(file))
    const whole = readFileSync(path)
    const intactSource = readFileSync(join(root, file), 'utf8')
    const [place] = placesOf(intactSource, intact)
    if (!place) throw new Error(`${file} no longer has: ${intact}`)
    const source = intactSource.slice(0, place.start) + broken + intactSource.slice(place.end)
    try {
      writeFileSync(path, await javascript(source))
      return await this.run(named)
    } finally {
      writeFileSync(path, whole)
    }
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/** One module as the compiler would write it: without types, with imports of compiled files. */
async function javascript(source: string): Promise<string> {
  const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: true } }
  const { code } = await transform(source, {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    tsconfigRaw
  })
  return code.replace(/((?:from|import)\s*\(?\s*")(\.{1,2}\/[^"]+)\.ts(")/g, '$1$2.js$3')
}

function escaped(title: string): string {
  return title.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
