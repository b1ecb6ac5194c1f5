import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes a directory that only this user can read. The caller removes it. */
export function makeTemporaryDirectory(purpose: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `kagura-${purpose}-`))
}

/** Removes a temporary directory with all files; a missing one is no error. */
export async function removeTemporaryDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
}
