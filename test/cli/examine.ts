import { kagura } from './command.ts'

export interface Check {
  check: string
  ok: boolean
  why: string
  fix?: string
}

/** The checks that fail, and the exit code. */
export async function examine(
  args: string[],
  settings = {}
): Promise<{ code: number | null; checks: Check[]; failed: Record<string, Check> }> {
  const { code, stdout, stderr } = await kagura(settings, ['doctor', ...args, '--json'])
  if (stdout === '') throw new Error(stderr)
  const { checks } = JSON.parse(stdout) as { checks: Check[] }
  return {
    code,
    checks,
    failed: Object.fromEntries(checks.filter(({ ok }) => !ok).map((check) => [check.check, check]))
  }
}
