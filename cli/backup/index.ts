import type { Command } from 'commander'
import { addSubcommand } from '../subcommand.ts'
import { runBackup } from './create.ts'
import { runRestore } from './restore.ts'

const passphraseOption = '--passphrase-file <file>'

export function addBackupCommands(program: Command): void {
  addSubcommand(
    program,
    'backup',
    'Write everything into one file: all accounts, memories, keys and clients, and the secret of ' +
      'the server. The server may run meanwhile.',
    'kagura backup --to /mnt/backups'
  )
    .argument('[file]', 'the new file; without it a name with the time, in the folder of --to')
    .option('--to <folder>', 'the folder for the file', 'backups')
    .option(passphraseOption, 'encrypt with the first line of this file; - is standard input')
    .action(runBackup)
  addSubcommand(
    program,
    'restore',
    'Bring a backup into an empty database, embedded or PostgreSQL. Stop the server first.',
    'DATA_DIR=./restored kagura restore backups/kagura-20261201-042200.jsonl.gz'
  )
    .argument('<file>', 'a file that kagura backup wrote')
    .option(passphraseOption, 'the first line of this file decrypts it; - is standard input')
    .action(runRestore)
}
