import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { CommandRefusedError } from '../../../../cli/arguments.ts'
import { importForeignMemories } from '../../../../cli/memory/foreign-import.ts'
import { temporaryDirectory, type Teardown } from '../../../support/helper.ts'
import { people } from '../../../tools/caller.ts'

/** Makes a folder with these files. Values other than text are written as JSON. */
export function folder(t: Teardown, files: Record<string, unknown>): string {
  const directory = temporaryDirectory(t)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(
      join(directory, name),
      typeof content === 'string' ? content : JSON.stringify(content, null, 1)
    )
  }
  return directory
}

/** Makes a user and the import command for the export of another product. */
export async function importer(from: string) {
  const {
    db,
    settings,
    callers: [ada]
  } = await people('ada')
  const args = ['memory', 'import', '--user', ada!.email, '--from', from]
  const links = async () => {
    const rows = await db
      .selectFrom('graph_edges as e')
      .where('e.user_id', '=', ada!.user_id)
      .innerJoin('graph_nodes as one', (join) =>
        join.onRef('one.node_id', '=', 'e.from_node').on('one.user_id', '=', ada!.user_id)
      )
      .innerJoin('graph_nodes as other', (join) =>
        join.onRef('other.node_id', '=', 'e.to_node').on('other.user_id', '=', ada!.user_id)
      )
      .select(['one.name as from', 'e.type', 'other.name as to'])
      .execute()
    return rows.map((row) => `${row.from} ${row.type} ${row.to}`).toSorted()
  }
  const keys = async (): Promise<string[]> =>
    (await ada!.call('memory_list', { limit: 1000 })).answer.memories
      .map(({ key }: { key: string }) => key)
      .toSorted()
  const recall = async (key: string) => (await ada!.call('memory_recall', { key })).answer
  /** Runs the import in this process. */
  const take = (
    path: string,
    more: { dryRun?: boolean; namespace?: string; skipBroken?: boolean } = {}
  ) => importForeignMemories(db, path, { user: ada!.email, from, namespace: 'global', ...more })
  const refused = async (t: Test, path: string, why: RegExp) => {
    const error: unknown = await take(path).catch((error: unknown) => error)
    t.ok(error instanceof CommandRefusedError)
    t.match(error, { message: why })
  }
  return { db, settings, ada: ada!, args, links, keys, recall, take, refused }
}
