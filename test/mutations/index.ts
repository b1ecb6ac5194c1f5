import { accessLimitMutations } from './access-limits.ts'
import { authMutations } from './auth.ts'
import { browserMutations } from './browser.ts'
import { captureMutations } from './capture.ts'
import { databaseMutations } from './database.ts'
import { factorMutations } from './factors.ts'
import { guardedFetchMutations } from './guarded-fetch.ts'
import { httpMutations } from './http.ts'
import type { Mutation } from './mutation.ts'
import { oauthServerMutations } from './oauth-server.ts'
import { toolCallMutations } from './tool-calls.ts'

export const mutations: Mutation[] = [
  ...oauthServerMutations,
  ...authMutations,
  ...factorMutations,
  ...accessLimitMutations,
  ...toolCallMutations,
  ...databaseMutations,
  ...guardedFetchMutations,
  ...httpMutations,
  ...browserMutations,
  ...captureMutations
]
