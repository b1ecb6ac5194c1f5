import fp from 'fastify-plugin'
import { checkEmbeddings } from './embeddings.ts'
import { checkProxy, checkPublicUrl, checkServer } from './server.ts'
import { type Check, passedCheck } from './visit.ts'
import { checkWeb } from './web.ts'

declare module 'fastify' {
  interface FastifyInstance {
    doctor: Doctor
  }
}

export interface Doctor {
  /**
   * Checks this server: its settings, its embeddings, and its own address as clients see it. The
   * command `kagura doctor` runs the same checks. Takes up to 10 s if the address does not answer.
   */
  examine: () => Promise<Check[]>
}

/** app.doctor: what `kagura doctor` finds, for the console. */
export default fp(
  async (app) => {
    app.decorate('doctor', {
      async examine() {
        const { config, db, publicUrl } = app
        return [
          passedCheck('settings', 'The server runs with them.'),
          ...checkPublicUrl(config.PUBLIC_URL),
          ...checkProxy(config),
          ...checkWeb(config),
          ...(await checkEmbeddings(db, config)),
          ...(await checkServer(publicUrl, undefined))
        ]
      }
    })
  },
  { name: 'doctor', dependencies: ['config', 'db', 'public-url'] }
)
