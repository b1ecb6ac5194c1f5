import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { deflateSync } from 'node:zlib'
import t from 'tap'
import { parsePage } from '../../../domain/web/reading/parse.ts'

const never = new AbortController().signal
const url = 'https://a.example.com/'
const html = (source: string, signal = never) =>
  parsePage({ kind: 'html', source, url, selector: undefined }, signal)
const pdf = (source: Uint8Array) =>
  parsePage({ kind: 'pdf', source, url, selector: undefined }, never)
const late = { problem: /^The page takes too long to parse/ }

/** Returns a PDF whose stream decompresses to `bytes` of text, with any dictionary entries. */
function bomb(bytes: number, dictionary = ''): Buffer {
  const data = deflateSync(Buffer.alloc(bytes, ' '))
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>'
  ].map((object, i) => `${i + 1} 0 obj\n${object}\nendobj\n`)
  return Buffer.concat([
    Buffer.from(
      `%PDF-1.4\n${objects.join('')}4 0 obj\n` +
        `<< ${dictionary} /Filter /FlateDecode /Length ${data.length} >>\nstream\n`
    ),
    data,
    Buffer.from('\nendstream\nendobj\ntrailer << /Size 5 /Root 1 0 R >>\n%%EOF')
  ])
}

/** Returns the peak resident memory of this process's children, in MB. */
function peakOfChildren(): number {
  const peaks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        const isOurs = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === process.pid
        return isOurs ? Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024 : 0
      } catch {
        return 0 // it has ended meanwhile
      }
    })
  return Math.max(...peaks)
}

t.test('a page whose time is over already is not begun, and the next is read', async (t) => {
  t.match(await html('<p>Late.</p>', AbortSignal.abort()), late)
  t.match(await html('<p>In time.</p>'), { page: { text: /In time/ } })
})

t.test('a page whose time ends while it is read is given up at once', async (t) => {
  const caller = new AbortController()
  const began = performance.now()
  const read = html('<p>text</p>'.repeat(100_000), caller.signal)
  setTimeout(() => caller.abort(), 100)
  t.match(await read, late)
  t.ok(performance.now() - began < 5000)
})

t.test(
  'a page with too many elements, levels or attributes is refused before it is parsed',
  async (t) => {
    const names = (count: number, between = ' ') =>
      Array.from({ length: count }, (_, i) => `a${i}`).join(between)
    const refusals: Array<[RegExp, string]> = [
      [/500 attributes on one element/, `<p ${names(200_000)}>x</p>`],
      [/500 attributes/, `<p it's ${names(600)}>x</p>`],
      [/500 attributes/, `<!-- > --><p title="a>b" ${names(600, '/')}>x</p>`],
      [/500 attributes/, `<p a=b"c ${names(600, '\n')}`],
      [/500 attributes/, `<script>"<p>"</script><p ${names(600, '=1 ')}>x</p>`],
      [/256 levels deep/, '<div>'.repeat(200_000)],
      [/256 levels deep/, '<DIV x="</div>"><!--</div>-->'.repeat(300)],
      [/250000 elements/, '<br>'.repeat(300_000)]
    ]
    for (const [problem, source] of refusals) {
      t.match(await html(source), { problem }, source.slice(0, 40))
    }
    const ordinary =
      `<ul>${'<li>item<br>'.repeat(2000)}</ul>` + `<script>${'"<div>"'.repeat(500)}</script>`
    t.match(
      await html(ordinary),
      { page: { text: /item/ } },
      'elements that need no end tag, and scripts, are no depth'
    )
  }
)

t.test(
  'a PDF that becomes huge is refused or ended within the memory limit of a child',
  async (t) => {
    t.match(await pdf(bomb(200e6)), { problem: /too large when decompressed/ })
    t.match(await pdf(bomb(2000e6, '/Subtype /Image')), {
      problem: /too large or too deep|takes too long/
    })
    if (existsSync('/proc/self/status')) {
      t.ok(peakOfChildren() < 400, `${Math.round(peakOfChildren())} MB`)
    }
    t.match(await html('<p>The next.</p>'), { page: { text: /The next/ } })
  }
)

t.test('a child that is in an endless loop ends when its parent was killed', async (t) => {
  const script = fileURLToPath(new URL('./orphan.js', import.meta.url))
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)))
  t.ok(isThere(pid))
  parent.kill('SIGKILL')
  for (let times = 0; times < 200 && isThere(pid); times++) await delay(50)
  t.notOk(isThere(pid))
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
