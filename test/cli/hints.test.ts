import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Command } from 'commander'
import t from 'tap'
import { addClientCommands } from '../../cli/client/index.ts'
import { addDoctorCommand } from '../../cli/doctor/index.ts'
import { addKeyCommands } from '../../cli/key.ts'
import { addMemoryCommands } from '../../cli/memory/index.ts'
import { addMigrateCommands } from '../../cli/migrate.ts'
import { addTokenCommands } from '../../cli/token.ts'
import { addUserCommands } from '../../cli/user/index.ts'
import { commandsOf } from '../../lib/command-name.ts'
import { temporaryDirectory } from '../support/helper.ts'
import { projectFiles, root } from '../support/sources.ts'

const program = new Command('kagura')
for (const add of [
  addMigrateCommands,
  addUserCommands,
  addKeyCommands,
  addClientCommands,
  addTokenCommands,
  addMemoryCommands,
  addDoctorCommand
]) {
  add(program)
}

const nouns = program.commands.map((command) => command.name()).join('|')
/** A mention of a command, up to where the sentence or the string ends. */
const mention = new RegExp(
  `(\\$\\{commandName\\}|it\\.commandName(?: \\+ ['"]| %>)|\\bkagura(?:-memory)?) ` +
    `((?:${nouns})(?: [a-z][a-z-]+)?)\\b([^\\n]*)`,
  'g'
)
/**
 * Names and titles, not hints: the source of an undo, the clients of doctor, examples, which get
 * the way to run the command when printed, and the check from another computer.
 */
const notHints = new RegExp(
  [
    '\\badd(CommandGroup|Subcommand)\\(',
    'clientInfo',
    "client_name: '",
    'the app "',
    "kind: 'command'",
    "^ *['`](PORT=\\d+ )?kagura ",
    'sqlFile',
    'npx kagura-memory doctor'
  ].join('|')
)

interface Hint {
  file: string
  /** Whether it says how to run the command here. */
  isPortable: boolean
  command: string
  rest: string
}

function findHints(): Hint[] {
  const files = projectFiles().filter((file) =>
    /^(cli|db|domain|lib|plugins|routes|tools|views)\/.*\.(ts|eta)$/.test(file)
  )
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .filter((line) => !notHints.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line))
      .flatMap((line) =>
        [...line.matchAll(mention)].map(([, start = '', command = '', rest = '']) => ({
          file,
          isPortable: start.includes('commandName'),
          command,
          rest
        }))
      )
  )
}

/** The required options and arguments that the hint lacks. */
function missing({ command: words, rest }: Hint): string[] {
  const [noun, verb] = words.split(' ')
  const group = program.commands.find((command) => command.name() === noun)!
  const command = group.commands.find((candidate) => candidate.name() === verb)
  if (!command || / --help/.test(rest)) return []
  const typedText = rest
    .replace(/\$\{[^}]*\}/g, 'X')
    .split(/[`'"]?(?:[.,;)]|$)/)[0]!
    .trim()
  const flags = command.options.filter(
    ({ mandatory, long }) => mandatory && !typedText.includes(long!)
  )
  const argument =
    command.registeredArguments.some(({ required }) => required) && !/^[^-\s]/.test(typedText)
  return [...flags.map(({ long }) => long!), ...(argument ? ['its argument'] : [])]
}

t.test('every suggested command fits the installation and has all required options', async (t) => {
  const hints = findHints()
  t.ok(hints.length > 30, `${hints.length} hints are read`)
  t.same(
    hints
      .filter(({ isPortable }) => !isPortable)
      .map(({ file, command }) => `${file}: kagura ${command}`),
    []
  )
  t.same(
    hints
      .filter((hint) => missing(hint).length > 0)
      .map((hint) => `${hint.file}: kagura ${hint.command} lacks ${missing(hint).join(', ')}`),
    []
  )
})

t.test('the check finds incomplete hints', async (t) => {
  const hint = (command: string, rest: string) =>
    missing({ file: '', isPortable: true, command, rest })
  t.same(hint('user create', '.'), ['--email'])
  t.same(hint('client create', ' --name NAME --device, or let it register itself.'), [])
  t.same(hint('client show', '.'), ['its argument'])
  t.same(hint('client show', ' ID.'), [])
})

t.test(
  'hints name the command of a clone, of the package from npm, and of the image',
  async (t) => {
    const folder = pathToFileURL(`${temporaryDirectory(t)}/`)
    t.match(commandsOf(folder), { commandName: 'npx kagura', startCommand: 'npm start' })
    writeFileSync(new URL('.image', folder), '')
    t.match(commandsOf(folder), { commandName: 'docker compose exec kagura-api kagura' })
    const installed = pathToFileURL('/srv/kagura/node_modules/kagura-memory/')
    t.match(commandsOf(installed), { commandName: 'npx kagura-memory' })
  }
)
