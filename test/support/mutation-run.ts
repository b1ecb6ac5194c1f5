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

/** The fault of an entry, or undefined. Its text must occur in its file once. */
export function faultOf({ file, intact, broken, test, title }: Mutation): string | undefined {
  const places = placesOf(readFileSync(join(root, file), 'utf8'), intact)
  if (places.length !== 1) return `${file} has ${places.length} times: ${intact}`
  if (intact === broken) return `${file}: nothing is broken by ${broken}`
  const source = testSource(test).replaceAll("\\'", "'")
  return source.includes(`'${title}`) || source.includes(`"${title}`)
    ? undefined
    : `${test} has no test "${title}"`
}

/** The text that contains the titles: the test file, or all modules of a folder of cases. */
function testSource(test: string): string {
  const path = join(root, test)
  if (!test.includes('/cases/')) return readFileSync(path, 'utf8')
  const files = readdirSync(dirname(path)).filter((name) => name.endsWith('.ts'))
  return files.map((name) => readFileSync(join(dirname(path), name), 'utf8')).join('\n')
}

/** The places of the text in the source, regardless of white space. */
function placesOf(source: string, text: string): Array<{ start: number; end: number }> {
  const characters = [...source.matchAll(/\S/g)]
  const dense = characters.map(([character]) => character).join('')
  const denseText = text.replace(/\s/g, '')
  const places = []
  for (let at = dense.indexOf(denseText); at >= 0; at = dense.indexOf(denseText, at + 1)) {
    const last = characters[at + denseText.length - 1]!
    places.push({ start: characters[at]!.index, end: last.index + 1 })
  }
  return places
}

/** A copy of the compiled service and tests, to break lines in. Call `remove` at the end. */
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
   * Runs the named test of the file. Returns `passed`, `noticed` if that very test fails, or how
   * the file ended otherwise.
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

  /** Runs the test with the line broken, and restores the line. */
  async runBroken({ file, intact, broken, ...guardingTest }: Mutation): Promise<string> {
    const path = join(this.#directory, compiled(file))
    const whole = readFileSync(path)
    const intactSource = readFileSync(join(root, file), 'utf8')
    const [place] = placesOf(intactSource, intact)
    if (!place) throw new Error(`${file} no longer has: ${intact}`)
    const source = intactSource.slice(0, place.start) + broken + intactSource.slice(place.end)
    try {
      writeFileSync(path, file.endsWith('.ts') ? await javascript(source) : source)
      return await this.run(guardingTest)
    } finally {
      writeFileSync(path, whole)
    }
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/** Compiles one module: removes its types, and imports compiled files. */
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
