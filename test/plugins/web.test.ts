import t from 'tap'
import { HostList } from '../../plugins/web/hosts.ts'
import { readConfig } from '../../plugins/config/index.ts'
import { buildApp } from '../../app.ts'
import { freshSettings } from '../support/helper.ts'
import { send, world } from '../tools/web/world.ts'

t.test(
  'no address or redirect reaches a private host, and each host name costs one of the quota',
  async (t) => {
    const beyond = await world(({ url }, response) => {
      if (url === '/inside') {
        return void response
          .writeHead(302, { location: 'http://metadata.example.com/latest' })
          .end()
      }
      if (/^\/[1-9]$/.test(url!)) {
        return void response
          .writeHead(302, {
            location: `https://h${Number(url!.slice(1)) - 1}.example.com/${Number(url!.slice(1)) - 1}`
          })
          .end()
      }
      if (url === '/literal') {
        return void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
      }
      send(response, 'text/plain', 'x')
    })
    beyond.names['metadata.example.com'] = [['169.254.169.254']]
    beyond.names['rebind.example.com'] = [['10.0.0.1']]
    for (const url of [
      'http://127.0.0.1/',
      'http://localhost.example.com/',
      'https://rebind.example.com/',
      'http://[::1]/',
      'http://[::ffff:10.0.0.1]/',
      'http://2852039166/',
      'http://metadata.example.com/'
    ]) {
      if (url.includes('localhost')) {
        beyond.names['localhost.example.com'] = [['93.184.215.14', '127.0.0.1']]
      }
      t.match(
        await beyond.caller.refusal('web_scrape', { url }),
        /not on the public internet.*Only addresses on the public internet can be read/s,
        url
      )
    }
    t.same(beyond.dialled, [])
    for (const path of ['inside', 'literal']) {
      t.match(
        await beyond.caller.refusal('web_scrape', { url: `https://${path}.example.com/${path}` }),
        /not on the public internet/
      )
    }
    t.equal(beyond.requests.filter((request) => /latest/.test(request)).length, 0)
    t.match(
      await beyond.caller.call('web_scrape', { url: 'https://h5.example.com/5' }),
      { answer: { url: 'https://h0.example.com/0', text: 'x' } },
      'five redirects are followed'
    )
    t.match(
      await beyond.caller.refusal('web_scrape', { url: 'https://g6.example.com/6' }),
      /redirects more than 5 times/
    )
    t.match(
      await beyond.caller.refusal('web_scrape', { url: 'ftp://a.example.com/' }),
      /Give an http or https address/
    )
    t.match(
      await beyond.caller.refusal('web_scrape', { url: 'https://a.example.com:22/' }),
      /WEB_ALLOWED_PORTS/
    )
  }
)

t.test(
  'one person asks one host once in a second, others do not wait for them, and a queue has an end',
  async (t) => {
    const times: number[] = []
    const beyond = await world((_, response) => {
      times.push(performance.now())
      send(response, 'text/plain', 'x')
    })
    const read = (caller = beyond.caller, host = 'a') =>
      caller.call('web_scrape', { url: `https://${host}.example.com/` })
    await read()
    const began = performance.now()
    const [mine] = await Promise.all([
      read().then(() => performance.now()),
      read(beyond.caller, 'b'),
      read(beyond.stranger)
    ])
    t.ok(mine - began > 800, 'the second waits')
    t.ok(times.toSorted((earlier, later) => earlier - later).at(-1)! - times[0]! < 2500)
    const many = await Promise.allSettled(
      Array.from({ length: 12 }, () =>
        beyond.caller.refusal('web_scrape', { url: 'https://c.example.com/zip' })
      )
    )
    const refused = many.filter(
      (result) => result.status === 'fulfilled' && /try again in \d+ seconds/.test(result.value)
    )
    t.ok(refused.length >= 2 && refused.length <= 4, `${refused.length} are told to come back`)
  }
)

t.test('the operator says which hosts, addresses and ports, and how much in a day', async (t) => {
  const beyond = await world((_, response) => send(response, 'text/plain', 'x'), {
    WEB_ALLOWED_HOSTS: 'example.com',
    WEB_DENIED_HOSTS: '*.bad.example.com., 93.184.216.0/24',
    WEB_ALLOWED_PORTS: '8443, 9000',
    WEB_QUOTA_PER_DAY: '8'
  })
  beyond.names['listed.example.com'] = [['93.184.216.9']]
  const refusal = (url: string) => beyond.caller.refusal('web_scrape', { url })
  t.equal(
    (await beyond.caller.call('web_scrape', { url: 'https://www.example.com:8443/' })).answer.text,
    'x'
  )
  let resolved = 0
  const resolve = beyond.network.resolve
  beyond.network.resolve = (host) => {
    resolved++
    return resolve(host)
  }
  t.match(await refusal('https://example.org/'), /allows other hosts than example\.org only/)
  t.match(await refusal('https://notexample.com/'), /allows other hosts/)
  for (const host of ['bad.example.com', 'very.bad.example.com', 'bad.example.com.']) {
    t.match(await refusal(`https://${host}/`), /does not allow/, host)
  }
  t.equal(resolved, 0, 'no name server learns of them')
  t.match(await refusal('https://listed.example.com/'), /does not allow/)
  t.equal(
    (await beyond.caller.call('web_scrape', { url: 'https://w.example.com:9000/' })).answer.text,
    'x'
  )
  t.match(await refusal('https://example.com/'), /all 8 requests of today to web pages.*midnight/)
  t.equal(
    (await beyond.stranger.call('web_scrape', { url: 'https://w.example.com/' })).answer.text,
    'x',
    'another person has their own'
  )
  t.equal(beyond.requests.filter((request) => !request.endsWith('robots.txt')).length, 3)
})

t.test('of requests at the same instant no more than the quota go out', async (t) => {
  const beyond = await world((_, response) => send(response, 'text/plain', 'x'), {
    WEB_QUOTA_PER_DAY: '5'
  })
  await Promise.allSettled(
    Array.from({ length: 12 }, (_, i) =>
      beyond.caller.call('web_scrape', { url: `https://q${i}.example.com/` })
    )
  )
  t.equal(beyond.requests.filter((request) => !request.endsWith('robots.txt')).length, 5)
})

t.test('one person has so many requests under way, and others still get through', async (t) => {
  const beyond = await world(({ url }, response) =>
    url === '/fast'
      ? send(response, 'text/plain', 'x')
      : void setTimeout(() => send(response, 'text/plain', 'x'), 1500)
  )
  const many = Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      beyond.caller.call('web_scrape', { url: `https://m${i}.example.com/` })
    )
  )
  t.equal(
    (await beyond.stranger.call('web_scrape', { url: 'https://m.example.com/fast' })).answer.text,
    'x'
  )
  const refused = (await many).filter((result) => result.status === 'rejected')
  t.equal(refused.length, 4)
  t.match(refused[0], { reason: { message: /Too many web requests are running/ } })
})

t.test(
  'a host list takes subdomains, spellings and networks; the service refuses to start with others',
  async (t) => {
    const list = new HostList(
      'Example.org, .sub.example.net, 2001:4860::/32, 8.8.8.8, bücher.example'
    )
    for (const host of [
      'example.org',
      'a.b.EXAMPLE.org.',
      'sub.example.net',
      'x.sub.example.net',
      'xn--bcher-kva.example'
    ]) {
      t.ok(list.has(host), host)
    }
    for (const host of ['example.net', 'badexample.org', 'org', '']) t.notOk(list.has(host), host)
    t.ok(list.has('x.test', ['1.1.1.1', '8.8.8.8']) && list.has('x.test', ['2001:4860:4860::8888']))
    t.notOk(list.has('x.test', ['8.8.4.4', '2606:4700::1']))
    for (const bad of ['https://example.org/', 'a b', '10.0.0.0/99', 'a/b', 'host:80']) {
      t.throws(() => new HostList(bad), RangeError, bad)
    }
    const settings = await freshSettings(t)
    await t.rejects(
      buildApp(
        readConfig({ ...settings, LOG_LEVEL: 'silent', WEB_DENIED_HOSTS: 'ok.example, a b' })
      ),
      { message: /WEB_DENIED_HOSTS: a b is neither/ }
    )
  }
)

t.test('with WEB_TOOLS=false there is no way out', async (t) => {
  const beyond = await world((_, response) => send(response, 'text/plain', 'x'), {
    WEB_TOOLS: 'false'
  })
  t.match(
    await beyond.caller.refusal('web_scrape', { url: 'https://a.example.com/' }),
    /has no access to the web/
  )
  t.same(beyond.requests, [])
})
