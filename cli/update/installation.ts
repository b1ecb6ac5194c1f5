import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { terminal } from '../terminal.ts'

const PACKAGE_NAME = 'kagura-memory'
const NPM_MS = 20_000
/** The Dockerfile leaves this file beside package.json. */
const IMAGE_MARK = '.image'

/** How this program came here, and how a newer one does. */
export interface Installation {
  kind: 'global' | 'folder' | 'npx' | 'container' | 'clone'
  /** What `kagura update` runs; undefined where only the operator can. */
  command?: string[]
  advice: string
}

/** The folder with package.json. */
const programFolder = dirname(fileURLToPath(new URL('../../', import.meta.url)))

/** Finds out how to install the version `newest`. */
export async function findInstallation(newest: string): Promise<Installation> {
  const target = `${PACKAGE_NAME}@${newest}`
  if (existsSync(join(programFolder, IMAGE_MARK))) {
    return {
      kind: 'container',
      advice: 'Update the clone and the image: git pull && docker compose up --build --detach'
    }
  }
  const parent = dirname(programFolder)
  if (basename(parent) !== 'node_modules') {
    return { kind: 'clone', advice: 'Update the clone: git pull && npm ci' }
  }
  if (parent.includes(`${sep}_npx${sep}`)) {
    return { kind: 'npx', advice: `Start the newer version: npx ${target}` }
  }
  const globalFolder = await runNpm(['root', '--global'])
  const isGlobal =
    !!globalFolder && existsSync(globalFolder) && realpathSync(globalFolder) === parent
  const place = isGlobal ? ['--global'] : ['--prefix', dirname(parent)]
  const command = ['npm', 'install', ...place, target]
  return {
    kind: isGlobal ? 'global' : 'folder',
    command,
    advice: `It is installed with: ${command.join(' ')}`
  }
}

/**
 * The newest version on npm, through npm with its settings and proxies. Undefined if npm or its
 * registry does not answer, or has no such package.
 */
export async function findNewestVersion(): Promise<string | undefined> {
  const answer = await runNpm(['view', PACKAGE_NAME, 'version'])
  return /^\d+\.\d+\.\d+$/.test(answer ?? '') ? answer : undefined
}

/** Whether the first version comes after the second. Both are three numbers. */
export function isNewerVersion(candidate: string, present: string): boolean {
  const [candidateParts, presentParts] = [candidate, present].map((version) =>
    version.split('.').map(Number)
  )
  const index = candidateParts!.findIndex((part, position) => part !== presentParts![position])
  return index >= 0 && candidateParts![index]! > presentParts![index]!
}

async function runNpm(args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('npm', args, {
      env: terminal().env,
      timeout: NPM_MS
    })
    return stdout.trim()
  } catch {
    return undefined
  }
}
