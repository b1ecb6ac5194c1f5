import { type Command, Option } from 'commander'
import { GLOBAL_NAMESPACE } from '../../domain/memory/fields.ts'
import { importFormats } from '../../domain/memory/transfer/import/index.ts'
import { nameParser, parseEmail, parseTime } from '../arguments.ts'
import { yesOption } from '../confirm.ts'
import { addCommandGroup, addSubcommand } from '../subcommand.ts'
import { exportMemories } from './export.ts'
import { parseEncoding, parseFormat } from './foreign-import.ts'
import { importMemories } from './import.ts'
import { purgeSelected } from './purge.ts'
import { undoChanges } from './undo.ts'

const userOption = ['--user <email>', 'whose memories', parseEmail] as const

export function addMemoryCommands(program: Command): void {
  const memoryGroup = addCommandGroup(
    program,
    'memory',
    'Undo, delete, export and import memories.',
    'kagura memory undo --user ada@example.com --client ChatGPT --since 24h --dry-run'
  )
  addUndoCommand(memoryGroup)
  addPurgeCommand(memoryGroup)
  addSubcommand(
    memoryGroup,
    'export',
    'Write all memories of a user as JSON Lines, one line for each, with versions, deleted ' +
      'memories and links.',
    'kagura memory export --user ada@example.com ada.jsonl'
  )
    .requiredOption(...userOption)
    .addOption(
      new Option(
        '--format <format>',
        'jsonl has everything; markdown has a file for each memory, as Obsidian opens them, ' +
          'without former versions'
      )
        .choices(['jsonl', 'markdown'])
        .default('jsonl')
    )
    .option('--to <folder>', 'with --format markdown: a new or empty folder')
    .argument('[file]', 'a new file; without it standard output, without --json')
    .action(exportMemories)
  addImportCommand(memoryGroup)
}

function addUndoCommand(memoryGroup: Command): void {
  addSubcommand(
    memoryGroup,
    'undo',
    'Undo what one app wrote, changed or deleted since a time, all or nothing. What others ' +
      'changed afterwards is kept and listed.',
    'kagura memory undo --user ada@example.com --client ChatGPT --since 2026-01-31T09:00:00Z'
  )
    .requiredOption(...userOption)
    .requiredOption(
      '--since <time>',
      'undo changes since this time: like 2026-01-31T09:00:00Z, or how long ago: 90m, 24h, 7d',
      parseTime
    )
    .option(
      '--client <name>',
      'the app: its name in the history, its client id, or the id of one grant'
    )
    .option('--key <key>', 'or the API key: its id or its prefix as listed')
    .option('--dry-run', 'only list what would be undone')
    .action(undoChanges)
}

function addPurgeCommand(memoryGroup: Command): void {
  addSubcommand(
    memoryGroup,
    'purge',
    'Permanently delete memories with all their versions. Also clears the tool-call history, ' +
      'which may hold parts of them. Cannot be undone. Apps, keys and the GitHub token stay: ' +
      'revoke them separately.',
    'kagura memory purge --user ada@example.com --key password'
  )
    .requiredOption(...userOption)
    .option('--key <key>', 'the memory with this key, also if it is deleted')
    .option('--namespace <name>', 'the namespace of the key', GLOBAL_NAMESPACE)
    .option('--id <id>', 'or one memory, by its id')
    .option('--deleted', 'or all deleted memories that could still be restored')
    .option('--code', 'or the indexed source code')
    .option('--history', 'or only the tool-call history')
    .option(
      '--all',
      'or everything: memories, links, coding sessions, indexed source code and stored web answers'
    )
    .option(...yesOption)
    .action(purgeSelected)
}

function addImportCommand(memoryGroup: Command): void {
  addSubcommand(
    memoryGroup,
    'import',
    'Import a file written by export, all or nothing, with ids, versions and times. Memories ' +
      'that exist already stay as they are. With --from: the export of another product.',
    'kagura memory import --user ada@example.com ada.jsonl --dry-run'
  )
    .requiredOption('--user <email>', 'the user who gets the memories', parseEmail)
    .option('--dry-run', 'only list what would be imported')
    .option(
      '--from <format>',
      `the product that wrote the file: ${importFormats.map(({ name }) => name).join(', ')}`,
      parseFormat
    )
    .option(
      '--namespace <name>',
      `with --from: the namespace of the new memories (default: "${GLOBAL_NAMESPACE}")`,
      nameParser(128)
    )
    .option(
      '--skip-broken',
      'with --from: skip and list broken conversations, notes and memories; import the rest'
    )
    .option(
      '--encoding <name>',
      'with --from: the encoding of the files, if it is not UTF-8 and not detected correctly',
      parseEncoding
    )
    .argument(
      '<file>',
      'the file, or - for standard input; with --from also a folder or a zip archive'
    )
    .action(importMemories)
}
