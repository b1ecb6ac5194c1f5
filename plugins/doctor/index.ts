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
  /**
   * Checks the address of this server as one client meets it: `agents` are the user agents that it
   * sends. The requests come from the server itself. Takes up to 10 s if the address does not
   * answer.
   */
  visitAs: (agents: readonly string[]) => Promise<Check[]>
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
      },
      visitAs: async (agents) => [
        ...checkPublicUrl(app.config.PUBLIC_URL),
        ...(await checkServer(app.publicUrl, undefined, agents))
      ]
    })
  },
  { name: 'doctor', dependencies: ['config', 'db', 'public-url'] }
)
