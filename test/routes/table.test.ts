import t from 'tap'
import { runService } from '../support/running.ts'

t.test(
  'the whole route table is this, so that a file that autoload skips is noticed',
  async (t) => {
    const { app } = await runService(t)
    const table = app.printRoutes({ commonPrefix: false }).trimEnd()
    t.same(
      fullPaths(table),
      fullPaths(
        `
├── / (GET, HEAD)
│   ├── .well-known/oauth-authorization-server (GET, HEAD)
│   │   ├── /api/v1/mcp (GET, HEAD)
│   │   │   └── /sse (GET, HEAD)
│   │   └── /mcp (GET, HEAD)
│   │       └── /sse (GET, HEAD)
│   ├── .well-known/oauth-protected-resource (GET, HEAD)
│   │   ├── /api/v1/mcp (GET, HEAD)
│   │   │   └── /sse (GET, HEAD)
│   │   └── /mcp (GET, HEAD)
│   │       └── /sse (GET, HEAD)
│   ├── .well-known/openid-configuration (GET, HEAD)
│   ├── account (GET, HEAD)
│   │   ├── /apps (GET, HEAD)
│   │   │   └── /revoke (GET, HEAD, POST)
│   │   ├── /keys (GET, HEAD, POST)
│   │   │   └── /revoke (GET, HEAD, POST)
│   │   └── /history (GET, HEAD)
│   │       └── /clear (GET, HEAD, POST)
│   ├── api/v1/mcp (POST, GET, HEAD, DELETE)
│   │   ├── /key (POST, GET, HEAD, DELETE)
│   │   ├── /messages (POST)
│   │   └── /sse (POST, GET, HEAD, DELETE)
│   ├── api/v1/oauth/authorize (GET, HEAD, POST)
│   ├── api/v1/oauth/consent (POST)
│   ├── api/v1/oauth/device_authorization (POST, GET, PUT, PATCH, DELETE, HEAD)
│   ├── api/v1/oauth/introspect (POST, GET, PUT, PATCH, DELETE, HEAD)
│   ├── api/v1/oauth/par (POST, GET, PUT, PATCH, DELETE, HEAD)
│   ├── api/v1/oauth/register (POST, GET, PUT, PATCH, DELETE, HEAD)
│   │   └── /:client_id (GET, HEAD, PUT, DELETE, POST, PATCH)
│   ├── api/v1/oauth/revoke (POST, GET, PUT, PATCH, DELETE, HEAD)
│   ├── api/v1/oauth/token (POST, GET, PUT, PATCH, DELETE, HEAD)
│   ├── api/v1/tools (GET, HEAD, POST, PUT, PATCH, DELETE)
│   │   └── /:name (POST, GET, PUT, PATCH, DELETE)
│   ├── authorize (GET, HEAD, POST)
│   ├── console.js (GET, HEAD)
│   ├── device (GET, HEAD, POST)
│   ├── health (GET, HEAD)
│   ├── login (GET, HEAD, POST)
│   ├── logout (GET, HEAD, POST)
│   ├── mcp (POST, GET, HEAD, DELETE)
│   │   └── /sse (POST, GET, HEAD, DELETE)
│   ├── memories (GET, HEAD)
│   │   └── /:memory_id (GET, HEAD)
│   ├── openapi.json (GET, HEAD)
│   ├── ready (GET, HEAD)
│   ├── reauthenticate (GET, HEAD, POST)
│   ├── register (POST, GET, PUT, PATCH, DELETE, HEAD)
│   │   └── /:client_id (GET, HEAD, PUT, DELETE, POST, PATCH)
│   ├── revoke (POST, GET, PUT, PATCH, DELETE, HEAD)
│   ├── settings (GET, HEAD)
│   │   ├── /data (GET, HEAD)
│   │   ├── /delete (GET, HEAD, POST)
│   │   ├── /deleted (GET, HEAD)
│   │   ├── /export (GET, HEAD, POST)
│   │   ├── /github (GET, HEAD, POST)
│   │   │   └── /remove (GET, HEAD, POST)
│   │   ├── /language (GET, HEAD, POST)
│   │   ├── /meaning (GET, HEAD)
│   │   ├── /password (GET, HEAD, POST)
│   │   ├── /profile (GET, HEAD, POST)
│   │   ├── /sessions (GET, HEAD)
│   │   │   ├── /end (POST)
│   │   │   └── /end-others (POST)
│   │   └── /timezone (GET, HEAD, POST)
│   ├── setup (GET, HEAD, POST)
│   ├── style.css (GET, HEAD)
│   └── token (POST, GET, PUT, PATCH, DELETE, HEAD)
└── * (OPTIONS)
`.trim()
      )
    )
  }
)

/** Returns each route with its full path. Sorted, because the printed order is by registration. */
function fullPaths(tree: string): string[] {
  const segments: string[] = []
  return tree
    .split('\n')
    .map((line) => {
      const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S+) (\(.*\))$/.exec(line)!
      segments.splice(indent!.length / 4, Infinity, segment!)
      return `${segments.join('')} ${methods}`
    })
    .sort()
}
