import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { allowFullTime, type Teardown } from './teardown.ts'

export type { Browser } from 'playwright-core'

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
]
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/**
 * A real Chromium; closed at teardown. CHROMIUM_PATH names one, or is `npm` for the one inside the
 * npm package.
 */
export async function openBrowser(t: Teardown): Promise<Browser> {
  allowFullTime(t)
  const env = await browserEnvironment()
  const browser = await chromium.launch({
    executablePath: env['CHROMIUM_PATH']!,
    args: quiet,
    env: { ...process.env, ...env }
  })
  t.teardown(() => browser.close())
  return browser
}

let found: Promise<Record<string, string>> | undefined

/**
 * CHROMIUM_PATH, and the library and font paths that it needs. Unpacks the npm package's browser (2
 * s) where none is installed.
 */
export function browserEnvironment(): Promise<Record<string, string>> {
  const asked = process.env['CHROMIUM_PATH']
  const path = asked === 'npm' ? undefined : asked || installed.find(existsSync)
  return path ? Promise.resolve({ CHROMIUM_PATH: path }) : (found ??= unpack())
}

/**
 * The package unpacks into TMPDIR, sets its paths in the environment when imported, and does so
 * only where it believes to be on Lambda.
 */
async function unpack(): Promise<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'kagura-chromium-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const before = { ...process.env }
  Object.assign(process.env, { TMPDIR: directory, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' })
  delete process.env['LD_LIBRARY_PATH']
  delete process.env['FONTCONFIG_PATH']
  try {
    const { default: packed } = await import('@sparticuz/chromium')
    const CHROMIUM_PATH = await packed.executablePath()
    return {
      CHROMIUM_PATH,
      LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH']!,
      FONTCONFIG_PATH: process.env['FONTCONFIG_PATH']!
    }
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  }
}
