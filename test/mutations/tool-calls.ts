import { type Mutation, mutationsOf } from './mutation.ts'
import { endpointAccess } from './test-files.ts'

/** Which tools a credential reaches, and whose stream it is. */
export const toolCallMutations: Mutation[] = [
  ...mutationsOf('plugins/tool-calls/index.ts', [
    [
      'scopes',
      'if (!mayCall(tool, credential.principal, web.providers))',
      'if (!tool)',
      endpointAccess,
      'the scope decides what is listed and called'
    ]
  ]),
  ...mutationsOf('tools/index.ts', [
    ['scopes', ' && roleAllows(role, tool)', '', endpointAccess, 'read_only people get']
  ]),
  ...mutationsOf('plugins/mcp-sse/legacy/sse.ts', [
    [
      'scopes',
      'credential,\n      client: stream.client ?? {}',
      'credential: stream.credential,\n      client: stream.client ?? {}',
      'test/plugins/mcp-sse/streams.test.ts',
      'what is posted is done under the credential of the post'
    ],
    [
      'isolation',
      '!stream || stream.credential.principal.user_id !== credential.principal.user_id',
      '!stream',
      'test/plugins/mcp-sse/streams.test.ts',
      'the stream answers what is posted to its address, for its own user only'
    ]
  ]),
  ...mutationsOf('plugins/mcp-sse/modern/request-state.ts', [
    [
      'authorization',
      'if (state?.call !== callDigest(message, credential))',
      'if (!state)',
      'test/plugins/mcp-sse/modern/round-trips.test.ts',
      'a question comes back with its answer, under a state that nobody can change'
    ]
  ]),
  ...mutationsOf('plugins/mcp-sse/modern/answer.ts', [
    [
      'scopes',
      'requireScopeOf(message, credential)\n',
      '\n',
      'test/plugins/mcp-sse/modern/endpoint.test.ts',
      'too little scope is 403 in the new form, too'
    ]
  ]),
  ...mutationsOf('plugins/mcp-sse/session-id.ts', [
    [
      'isolation',
      'if (sealedSession?.user_id !== userId)',
      'if (!sealedSession)',
      'test/plugins/mcp-sse/endpoint.test.ts',
      'initialize hands out a session id'
    ]
  ])
]
