import { consent } from './consent.ts'
import type { Sample } from './sample.ts'

/**
 * The name of a hostile client: markup, a direction override, a zero-width space, a line break.
 */
export const hostile = '<script>alert(1)</script>"\'&\u202Egpj.exe\u200B\nsecond line'

/** The pages with this text in every place that clients and users fill. */
export const hostileSamples: Record<string, Sample> = {
  'consent-hostile': {
    view: 'consent',
    data: {
      ...consent,
      clientName: hostile,
      clientId: hostile,
      redirectHost: hostile,
      user: { name: hostile, email: hostile, role: 'user' },
      form: hostile,
      action: hostile,
      switchAccount: hostile
    }
  },
  'consent-device-hostile': {
    view: 'consent',
    data: {
      ...consent,
      device: { userCode: hostile, address: hostile, userAgent: hostile, askedAt: new Date() }
    }
  },
  'device-hostile': {
    view: 'device',
    data: { csrf: hostile, userCode: hostile, problem: hostile }
  },
  'device-decided-hostile': {
    view: 'device-decided',
    data: { clientName: hostile, approved: true }
  },
  'login-hostile': {
    view: 'login',
    data: { returnTo: hostile, email: hostile, problem: hostile, clientName: hostile }
  },
  'setup-hostile': {
    view: 'setup',
    data: {
      token: hostile,
      name: hostile,
      email: hostile,
      problem: { form: 'setup', field: 'name', text: hostile }
    }
  },
  'confirm-hostile': {
    view: 'confirm',
    data: {
      title: hostile,
      points: [hostile],
      action: hostile,
      csrf: hostile,
      fields: [[hostile, hostile]],
      button: hostile
    }
  },
  'continue-hostile': {
    view: 'continue',
    data: {
      url: `cursor://x/?state=${hostile}`,
      clientName: hostile,
      approved: true,
      redirectHost: hostile
    }
  },
  'error-hostile': {
    view: 'error',
    data: {
      status: 400,
      title: hostile,
      message: hostile,
      advice: hostile,
      steps: [{ when: hostile, then: hostile }],
      requestId: hostile,
      received: [[hostile, hostile]],
      command: hostile,
      link: { href: hostile, text: hostile }
    }
  }
}
