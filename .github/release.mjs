// What .github/workflows/release.yml does with the files before it publishes them.
//   node .github/release.mjs prepare OWNER/REPOSITORY   in a checkout that is thrown away
//   node .github/release.mjs notes 1.2.3                prints the notes of this version
import { readFileSync, writeFileSync } from 'node:fs'

const [task, argument = ''] = process.argv.slice(2)
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)

/** The section of CHANGELOG.md about the version. Throws if there is none. */
function releaseNotes(version) {
  const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m)
  const section = sections.find((text) => text.match(/^\[?([^\s\]]+)/)?.[1] === version)
  if (!section) throw new Error(`CHANGELOG.md has no section about ${version}.`)
  return section.slice(section.indexOf('\n')).trim()
}

/**
 * Names the repository, which npm's provenance and the MCP registry compare with the workflow, and
 * leaves out what only a clone needs: npm would warn about the scripts.
 */
function prepare(repository) {
  const [owner, name] = repository.split('/')
  if (!owner || !name) throw new Error('Give OWNER/REPOSITORY.')
  const url = `https://github.com/${repository}`
  const mcpName = `io.github.${owner}/kagura-memory`
  const { scripts, devDependencies, overrides, ...manifest } = readJson('package.json')
  void [scripts, devDependencies, overrides]
  writeJson('package.json', {
    ...manifest,
    mcpName,
    homepage: `${url}#readme`,
    bugs: `${url}/issues`,
    repository: { type: 'git', url: `git+${url}.git` }
  })
  const server = readJson('server.json')
  const { version } = manifest
  writeJson('server.json', {
    ...server,
    name: mcpName,
    version,
    repository: { url, source: 'github' },
    packages: server.packages.map((entry) => ({ ...entry, version }))
  })
}

if (task === 'notes') console.log(releaseNotes(argument))
else if (task === 'prepare') prepare(argument)
else throw new Error('Give prepare OWNER/REPOSITORY, or notes VERSION.')
