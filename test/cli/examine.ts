import { kagura } from './command.ts'

export interface Check {
  check: string
  ok: boolean
  why: string
  fix?: string
}

/** Runs doctor and returns its exit code, its checks, and the failed ones by name. */
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
