import { activitySamples } from './activity.ts'
import { appSamples } from './app.ts'
import { appsSamples } from './apps.ts'
import { accountSamples } from './account.ts'
import { briefingSamples } from './briefing.ts'
import { clientSamples } from './clients.ts'
import { confirmationSamples } from './confirmation.ts'
import { connectSamples } from './connect.ts'
import { consentSamples } from './consent.ts'
import { errorSamples } from './error.ts'
import { homeSamples } from './home.ts'
import { hostileSamples } from './hostile.ts'
import { importSamples } from './imports.ts'
import { memorySamples } from './memory.ts'
import type { Sample } from './sample.ts'
import { serverSamples } from './server.ts'
import { settingsSamples } from './settings.ts'
import { peopleSamples } from './people.ts'
import { placesSamples } from './places.ts'
import { securitySamples } from './security.ts'
import { signInSamples } from './sign-in.ts'

/** Every page in each state that looks different. */
export const samples: Record<string, Sample> = {
  ...signInSamples,
  ...securitySamples,
  ...consentSamples,
  ...accountSamples,
  ...connectSamples,
  ...appsSamples,
  ...appSamples,
  ...briefingSamples,
  ...activitySamples,
  ...homeSamples,
  ...memorySamples,
  ...serverSamples,
  ...settingsSamples,
  ...importSamples,
  ...confirmationSamples,
  ...clientSamples,
  ...peopleSamples,
  ...placesSamples,
  ...errorSamples,
  ...hostileSamples
}
