import t from 'tap'
import { RobotsPolicy } from '../../plugins/web/robots.ts'
import { send, world } from '../tools/web/world.ts'

t.test(
  'robots.txt is asked first, at every host on the way, and its failure is a no',
  async (t) => {
    const beyond = await world(
      ({ url, headers }, response) => {
        const { host = '' } = headers
        if (url === '/robots.txt') {
          if (host.startsWith('none')) return send(response, 'text/plain', 'no', 404)
          if (host.startsWith('broken')) return send(response, 'text/plain', 'no', 503)
          if (host.startsWith('bomb')) {
            return send(response, 'text/plain', `User-agent: *\nDisallow: /${'*a'.repeat(60_000)}b`)
          }
          return send(
            response,
            'text/plain',
            'User-agent: *\nDisallow: /\n\n' +
              'User-agent: kaguramemory\nDisallow: /secret*.txt$\nAllow: /secret-not.txt'
          )
        }
        if (url === '/to-secret') {
          return void response
            .writeHead(302, { location: 'https://rules2.example.com/secret.txt' })
            .end()
        }
        send(response, 'text/plain', 'page')
      },
      {},
      { robots: true }
    )
    const read = (url: string) => beyond.caller.call('web_scrape', { url })
    t.equal((await read('https://none.example.com/')).answer.text, 'page')
    t.equal((await read('https://rules.example.com/open')).answer.text, 'page')
    t.match(
      await beyond.caller.refusal('web_scrape', { url: 'https://rules.example.com/secret.txt' }),
      /does not allow robots.*paste/
    )
    t.equal((await read('https://rules.example.com/secret-not.txt')).answer.text, 'page')
    t.match(
      await beyond.caller.refusal('web_scrape', { url: 'https://rules.example.com/to-secret' }),
      /rules2\.example\.com does not allow/
    )
    for (const host of ['broken', 'bomb']) {
      t.match(
        await beyond.caller.refusal('web_scrape', { url: `https://${host}.example.com/` }),
        /robots\.txt, which counts as a refusal/
      )
    }
    const ruleRequests = beyond.requests.filter(
      (request) => request === 'rules.example.com/robots.txt'
    )
    t.equal(ruleRequests.length, 1, 'the rules are kept')
    await beyond.stranger.call('web_scrape', { url: 'https://rules.example.com/open' })
    t.equal(
      beyond.requests.filter((request) => request === 'rules.example.com/robots.txt').length,
      2,
      'for each person alone'
    )
    t.notOk(beyond.requests.some((request) => request.endsWith('/secret.txt')))
  }
)

t.test(
  'a robots.txt that names everybody before a thousand rules costs no more than its own length',
  async (t) => {
    const names = Array.from({ length: 12_000 }, (_, i) => `User-agent: ${i}`)
    const rules = Array.from({ length: 15_000 }, (_, i) => `allow:/${i}`)
    const beyond = await world(
      ({ url }, response) =>
        send(
          response,
          'text/plain',
          url === '/robots.txt'
            ? [
                ...names,
                'User-agent: KaguraMemory/1.0 # us',
                ...rules,
                'Disallow: /shut',
                '',
                'User-agent: *',
                'Disallow: /'
              ].join('\n')
            : 'x'
        ),
      {},
      { robots: true }
    )
    t.equal(
      (await beyond.caller.call('web_scrape', { url: 'https://a.example.com/open' })).answer.text,
      'x'
    )
    t.match(
      await beyond.caller.refusal('web_scrape', { url: 'https://a.example.com/shut' }),
      /does not allow robots/
    )
  }
)

t.test('what is kept of the rules of sites has an end', async (t) => {
  const fetchedUrls: string[] = []
  const text = `User-agent: *\n${'Disallow: /no\n'.repeat(30_000)}`
  const robots = new RobotsPolicy(async (url) => {
    fetchedUrls.push(url)
    return { url, status: 200, headers: {}, body: Buffer.from(text) }
  })
  for (let i = 0; i < 10; i++) await robots.admit('ada', new URL(`https://s${i}.example.com/`))
  await robots.admit('ada', new URL('https://s9.example.com/'))
  t.equal(fetchedUrls.length, 10, 'the last is kept')
  await robots.admit('ada', new URL('https://s0.example.com/'))
  t.equal(fetchedUrls.length, 11, 'the first was forgotten')
})

t.test(
  'rules with many wildcards are not matched with a long address, only with others',
  async (t) => {
    const text = `User-agent: *\n${'Disallow: /*a*a*a*b\n'.repeat(4900)}`
    const robots = new RobotsPolicy(async (url) => ({
      url,
      status: 200,
      headers: {},
      body: Buffer.from(text)
    }))
    await robots.admit('ada', new URL('https://s.example.com/aaa'))
    await t.rejects(robots.admit('ada', new URL('https://s.example.com/aaab')), {
      message: /does not allow robots/
    })
    const began = performance.now()
    await t.rejects(robots.admit('ada', new URL(`https://s.example.com/${'a'.repeat(3900)}`)), {
      message: /takes too long/
    }) // a second, for everybody
    t.ok(performance.now() - began < 200)
  }
)
