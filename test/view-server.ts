import fastify from 'fastify'
import consentViews from '../plugins/consent-views.ts'
import styleCss from '../routes/style.css/index.ts'
import { samples } from './view-samples.ts'

/** A service of nothing but the views: every sample at /sample/NAME. */
export async function viewServer () {
  const app = fastify()
  await app.register(consentViews)
  await app.register(styleCss, { prefix: '/style.css' })
  for (const [name, { view, data, status }] of Object.entries(samples)) {
    app.get(`/sample/${name}`, (_request, reply) => reply.page(view, data as never, status))
  }
  return app
}
