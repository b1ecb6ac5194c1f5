// npm runs this after an installation: in a clone with the development tools, git checks the
// format before each commit. `git commit --no-verify` goes without.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const isContributor = existsSync(`${root}/.git`) && existsSync(`${root}/node_modules/prettier`)
if (isContributor) spawnSync('git', ['config', 'core.hooksPath', '.githooks'], { cwd: root })
