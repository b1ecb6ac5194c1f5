import t from 'tap'
import { fingerprintOf, fingerprintsIn } from '../../../domain/coding/fingerprint.ts'

// Each row holds messages of one error from different places. No two rows are the same error.
const rows: string[][] = [
  [
    "Cannot read properties of undefined (reading 'id')",
    'TypeError: Cannot read properties of undefined (reading "id")',
    'Uncaught (in promise) TypeError: Cannot read properties of undefined ' +
      "(reading 'id') at /srv/app/x.js:12:5",
    "TypeError: Cannot read properties of undefined (reading 'id')\n" +
      '    at f (/opt/ada/x.ts:3:1)\n    at g (node:internal/main:1:2)',
    "\u001b[31mTypeError\u001b[39m: Cannot read properties of undefined (reading 'id')"
  ],
  ["Cannot read properties of undefined (reading 'name')"],
  ['Timed out after 3000ms', 'TimeoutError: Timed out after 4.5 s', 'Timed out after 12 ms'],
  ['connect ECONNREFUSED 127.0.0.1:5432', 'Error: connect ECONNREFUSED 10.0.0.7:15432'],
  [
    "ENOENT: no such file or directory, open '/opt/ada/a b/config.json'",
    "Error: ENOENT: no such file or directory, open 'C:\\Users\\bea\\config.json'",
    "ENOENT: no such file or directory, open './config.json'"
  ],
  ["Cannot find module 'pg'"],
  [
    "Cannot find module '/opt/ada/a.js' imported from /opt/ada/b.js",
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/srv/x/a.js' imported from /srv/y.js",
    "ERR_MODULE_NOT_FOUND: Cannot find module '/a.js' imported from /b.js"
  ],
  ['npm ERR! code ELIFECYCLE', 'npm error code ELIFECYCLE'],
  [
    'PrismaClientKnownRequestError: \nInvalid `prisma.user.create()` invocation:\n\n' +
      'Unique constraint failed',
    'Invalid `prisma.user.create()` invocation:'
  ],
  [
    'Exchange rate is missing',
    'E   exchange.RateError: Exchange rate is missing',
    '[10:11:12.345] ERROR (4711): Exchange rate is missing'
  ],
  ["Cannot find module '@acme/pg'"],
  ['Request failed with status code 404', 'AxiosError: Request failed with status code 404'],
  ['Request failed with status code 500'],
  ['Segmentation fault at address 0x7ffd1200', 'Segmentation fault at address 0xdeadbeef'],
  [
    'index out of range [5] with length 3',
    'panic: runtime error: index out of range [7] with length 7'
  ],
  [
    "src/a.ts(12,5): error TS2322: Type 'string' is not assignable to type 'number'.",
    "lib/deep/b.ts:7:31 - error TS2322: Type 'string' is not assignable to type 'number'.",
    "Type 'string' is not assignable to type 'number'"
  ],
  [
    'error[E0382]: borrow of moved value: `x`\n --> src/main.rs:4:5\n  |\n4 | let y = x;',
    'error[E0382]: borrow of moved value: `x`'
  ],
  [
    "thread 'main' panicked at src/main.rs:5:10:\ncalled `Option::unwrap()` on a `None` value",
    'called `Option::unwrap()` on a `None` value'
  ],
  [
    'Traceback (most recent call last):\n  File "/app/x.py", line 3, in <module>\n' +
      "    f()\nKeyError: 'user'",
    "KeyError: 'user'",
    "'user'"
  ],
  [
    'Exception in thread "main" java.lang.NullPointerException: ' +
      'Cannot invoke "String.length()" because "s" is null\n\tat A.main(A.java:3)',
    'java.lang.NullPointerException: Cannot invoke "String.length()" because "s" is null'
  ],
  [
    'duplicate key value violates unique constraint "users_email" at 2026-01-31T09:00:00.123Z',
    '2026-02-01 10:11:12,456 ERROR: duplicate key value violates unique constraint ' +
      '"users_email" at 2026-02-01 10:11:12'
  ],
  [
    'User 7a1c52f0-9f3e-4a2b-8c1d-0123456789ab not found',
    'User 00000000-9f3e-4a2b-8c1d-0123456789ab not found'
  ],
  [
    'GET https://api.example.com:8443/v1/users/7?x=1 failed',
    'GET http://localhost:3000/v2/orders failed'
  ],
  ['MODULE_NOT_FOUND'],
  ['NullPointerException'],
  ['データベースに接続できません', 'Error: データベースに接続できません']
]

t.test(
  'an error has one fingerprint everywhere, and different errors have different ones',
  async (t) => {
    const prints = rows.map((messages) => {
      const [first, ...others] = messages.map(fingerprintOf)
      for (const [i, print] of others.entries()) t.equal(print, first, messages[i + 1]!)
      return first!
    })
    t.equal(new Set(prints).size, rows.length, prints.join('\n'))
    t.notOk(prints.includes(''))
  }
)

t.test('a code is part of what an error is, an address is not', async (t) => {
  for (const [message, variant] of [
    ['Operation failed with HRESULT 0x80070005', 'Operation failed with HRESULT 0x80004005'],
    ['Installation failed (0x80070643)', 'Installation failed (0x80070002)'],
    ['NTSTATUS 0xC0000005 raised', 'NTSTATUS 0xC0000409 raised'],
    ['STOP code 0x0000007B happened', 'STOP code 0x0000007E happened'],
    ['Vulnerability CVE-2024-1111 found', 'Vulnerability CVE-2025-2222 found'],
    ['Advisory GHSA-abcd-1234-efgh applies', 'Advisory GHSA-zzzz-1234-efgh applies'],
    ['ORA-00942: a failure', 'ORA-01017: a failure'],
    ['ERROR 1045 (28000): denied', 'ERROR 1044 (28000): denied'],
    ['[WinError 5] denied', '[WinError 32] denied'],
    ['SQLCODE=-204, failed', 'SQLCODE=-205, failed'],
    ['It exited with code 1', 'It exited with code 137'],
    ['Request failed with status code 404', 'Request failed with status code 500'],
    ['failed (os error 2)', 'failed (os error 13)']
  ] as const) {
    t.not(fingerprintOf(message), fingerprintOf(variant), message)
  }
  for (const [message, variant] of [
    ['Access violation at address 0x80412345', 'Access violation at address 0x80999999'],
    ['object at 0x10ab3f2d0 was freed', 'object at 0x10ab3f999 was freed'],
    ['error: 12 tests failed', 'error: 13 tests failed']
  ] as const) {
    t.equal(fingerprintOf(message), fingerprintOf(variant), message)
  }
})

t.test(
  'a log yields the fingerprint of its message, and none of the lines around it',
  async (t) => {
    const log = [
      '10:00:01 starting',
      'TypeError: x is not a function',
      '    at f (/a/b.js:1:2)',
      '    at g (/a/c.js:3:4)',
      '',
      'Node.js v22.1.0'
    ].join('\n')
    const fingerprints = fingerprintsIn(log)
    t.ok(fingerprints.includes(fingerprintOf('x is not a function')))
    t.notOk(fingerprints.some((print) => print.startsWith('at ')))
    t.same(fingerprintsIn('12 34\n^^^^'), [])
  }
)

t.test('a hostile text takes no long time', async (t) => {
  const started = performance.now()
  for (const text of [
    'a/'.repeat(10_000),
    'a.'.repeat(10_000),
    'Error'.repeat(4000),
    '::'.repeat(10_000),
    '0'.repeat(20_000),
    "'/".repeat(10_000),
    'error: '.repeat(3000),
    'x-1'.repeat(7000),
    '1:'.repeat(10_000)
  ]) {
    fingerprintsIn(`${text}\n`.repeat(3))
  }
  t.ok(performance.now() - started < 2000, `${Math.round(performance.now() - started)} ms`)
})
