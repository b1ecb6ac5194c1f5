import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The issuer and the base of every absolute URL, without a trailing slash. Without PUBLIC_URL
     * its port is known once the server listens.
     */
    publicUrl: string
  }
}

/** app.publicUrl: PUBLIC_URL, or http://localhost with the port that the server listens on. */
export default fp(
  async (app) => {
    let knownPort: number | undefined
    function listeningPort(): number {
      const socketAddress = knownPort === undefined ? app.server.address() : null
      if (typeof socketAddress === 'object' && socketAddress) knownPort = socketAddress.port
      return knownPort ?? app.config.PORT
    }

    app.decorate('publicUrl', {
      getter: () =>
        app.config.PUBLIC_URL?.replace(/\/$/, '') ?? `http://localhost:${listeningPort()}`
    })
  },
  { name: 'public-url', dependencies: ['config'] }
)
