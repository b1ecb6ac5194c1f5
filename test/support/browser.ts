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
 * Starts a real Chromium; closed at teardown. CHROMIUM_PATH is its path, or `npm` for the browser
 * inside the npm package.
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

let npmBrowser: Promise<Record<string, string>> | undefined

/**
 * CHROMIUM_PATH, and the library and font paths that the browser needs. Unpacks the browser of the
 * npm package, which takes 2 s, if none is installed.
 */
export function browserEnvironment(): Promise<Record<string, string>> {
  const configuredPath = process.env['CHROMIUM_PATH']
  const path = configuredPath === 'npm' ? undefined : configuredPath || installed.find(existsSync)
  return path ? Promise.resolve({ CHROMIUM_PATH: path }) : (npmBrowser ??= unpack())
}

/**
 * Unpacks the package into a temporary directory. The package sets its paths in the environment on
 * import, but only if the environment looks like AWS Lambda. The environment is restored.
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
