import fastify from 'fastify'
import consentViews from '../../plugins/consent-views/index.ts'
import consoleJs from '../../routes/console.js/index.ts'
import passkeysJs from '../../routes/passkeys.js/index.ts'
import styleCss from '../../routes/style.css/index.ts'
import manifestRoute from '../../routes/manifest.webmanifest/index.ts'
import touchIconRoute from '../../routes/apple-touch-icon.png/index.ts'
import { samples } from '../views/samples/index.ts'
import type { Sample } from '../views/samples/sample.ts'

/** A server of the views only: every sample, and each of `more`, at /sample/NAME. */
export async function viewServer(more: Record<string, Sample> = {}) {
  const app = fastify()
  await app.register(consentViews)
  await app.register(styleCss, { prefix: '/style.css' })
  await app.register(consoleJs, { prefix: '/console.js' })
  await app.register(manifestRoute, { prefix: '/manifest.webmanifest' })
  await app.register(touchIconRoute, { prefix: '/apple-touch-icon.png' })
  await app.register(passkeysJs, { prefix: '/passkeys.js' })
  for (const [name, { view, data, status }] of Object.entries({ ...samples, ...more })) {
    app.get(`/sample/${name}`, (_request, reply) => reply.page(view, data as never, status))
  }
  return app
}
