import { type Mutation, mutationsOf } from './mutation.ts'

const capture = 'test/routes/api/v1/capture.test.ts'
const plugin = 'test/routes/plugins/plugin.test.ts'

/** Whose conversations are captured, where they go, and what is left out of them. */
export const captureMutations: Mutation[] = [
  ...mutationsOf('routes/api/v1/capture/index.ts', [
    [
      'capture',
      "if (state !== 'on') throw",
      'if (state === undefined) throw',
      capture,
      'nothing is captured before the person turns it on'
    ],
    [
      'isolation',
      'requireOwnNamespace({ agent_name: part.agent_name }, context.principal)',
      '',
      capture,
      'an app of some namespaces captures into one of them only'
    ],
    [
      'scopes',
      "if (!permissions.has('memory') || role === 'read_only')",
      "if (!permissions.has('memory'))",
      capture,
      'a part that cannot be taken'
    ]
  ]),
  ...mutationsOf('domain/capture/index.ts', [
    [
      'capture',
      "ofProject === false ? 'project_off' : 'on'",
      "ofProject === null ? 'project_off' : 'on'",
      capture,
      'a project can be left out'
    ],
    [
      'limits',
      '+ bytes > limits.bytes',
      '+ bytes > Infinity',
      capture,
      'a part that cannot be taken'
    ]
  ]),
  ...mutationsOf('domain/capture/entries.ts', [
    [
      'capture',
      'const redactedText = redactSecrets(text)',
      'const redactedText = text',
      capture,
      'a transcript becomes the sequence of its session, without secrets'
    ]
  ]),
  ...mutationsOf('views/plugin/every-client/hooks/connection.mjs', [
    ['capture', "redirect: 'error',", '', plugin, 'a hook sends the key to no other server']
  ])
]
