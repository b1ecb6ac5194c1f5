import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Installs packages that one bench compares with into a scratch directory, which goes when the
 * process ends. Returns the directory.
 */
export async function installForOneRun(packages: string[]): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'kagura-bench-'))
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
  await promisify(execFile)('npm', [
    'install',
    '--silent',
    '--no-save',
    '--prefix',
    scratch,
    ...packages
  ])
  return scratch
}
