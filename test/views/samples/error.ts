import { unknownClientPage } from '../../../plugins/oauth-server/authorize/unknown-client-page.ts'
import type { Sample } from './sample.ts'

const deadClient = unknownClientPage('0b9f6a0e-6a5c-4a43-9f0c-3a4c6d6f9f11')

export const errorSamples: Record<string, Sample> = {
  error: {
    view: 'error',
    status: 400,
    data: {
      status: 400,
      title: 'This address is not allowed for the app',
      message:
        'The app asked to be answered at an address that is not registered for it, ' +
        'so nothing was sent there.',
      advice: 'If you know this app, ask whoever runs this server to allow the address.',
      requestId: 'req-1a2b3c',
      received: [
        ['client_id', 'chatgpt-connector'],
        ['redirect_uri', 'https://chatgpt.com/connector/oauth/AbCdEf0123456789AbCdEf0123456789']
      ],
      command:
        'npx kagura client update chatgpt-connector --redirect-uri ' +
        'https://chatgpt.com/connector/oauth/AbCdEf0123456789AbCdEf0123456789',
      link: { href: '/', text: 'Your account' }
    }
  },
  'error-plain': {
    view: 'error',
    data: {
      status: 404,
      title: 'Not found',
      message: 'There is no page here.',
      requestId: 'req-9'
    },
    status: 404
  },
  'error-unknown-client': {
    view: 'error',
    data: { ...deadClient, message: deadClient.message, status: 400, requestId: 'req-1a2b3c' },
    status: 400
  }
}
