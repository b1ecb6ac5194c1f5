import type { FastifyPluginAsync } from 'fastify'
import { marketplaceName } from '../../domain/connect/plugin.ts'
import { version } from '../../lib/version.ts'
import { type ArchiveName, archiveNames, buildArchive, type PluginArchive } from './archive.ts'

/** A client may keep a marketplace this long; an archive has its version in its name. */
const MAX_AGE_SECONDS = 300

/**
 * The plugin of this server for coding assistants. The marketplace is a single file, and names the
 * archive with its digest. Nothing in it is secret, so nobody needs to sign in.
 */
const pluginFiles: FastifyPluginAsync = async (app) => {
  const archives = new Map<ArchiveName, PluginArchive>()
  const archiveOf = (name: ArchiveName) => {
    const built =
      archives.get(name) ??
      buildArchive(name, { publicUrl: app.publicUrl, mcpUrl: app.mcpUrl, version })
    archives.set(name, built)
    return built
  }

  app.get('/marketplace.json', async (_request, reply) => {
    const { host } = new URL(app.publicUrl)
    return reply.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`).send({
      name: marketplaceName(app.publicUrl),
      description: `The plugin of the memory server on ${host}.`,
      owner: { name: 'Kagura Memory' },
      plugins: [
        {
          name: 'kagura-memory',
          version,
          description: `Long-term memory on ${host}.`,
          source: {
            source: 'archive',
            url: `${app.publicUrl}/plugins/kagura-memory-${version}.zip`,
            sha256: archiveOf('kagura-memory').digest
          }
        }
      ]
    })
  })

  app.get<{ Params: { file: string } }>('/:file', async (request, reply) => {
    const { file } = request.params
    const name = archiveNames.find((archive) => file === `${archive}-${version}.zip`)
    if (name === undefined) return reply.callNotFound()
    const { content, digest } = archiveOf(name)
    return reply
      .header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
      .header('etag', `"${digest}"`)
      .type('application/zip')
      .send(content)
  })
}
export default pluginFiles
