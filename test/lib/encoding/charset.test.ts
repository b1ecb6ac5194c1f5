import iconv from 'iconv-lite'
import t from 'tap'
import { decodeAs, findEncoding, utf8Faults } from '../../../lib/encoding/charset.ts'
import { guessEncoding } from '../../../lib/encoding/guess.ts'
import { decodePage } from '../../../lib/encoding/page.ts'

/** The characters of windows-1252 at 0x80 to 0x9F (Encoding Standard, index-windows-1252.txt). */
const quotesAndDashes = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

t.test(
  'each byte from 0x80 to 0x9F of windows-1252 and what is called so is what the standard says',
  (t) => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => 0x80 + i))
    for (const label of ['windows-1252', 'ISO-8859-1', ' latin1 ', 'cp1252', 'us-ascii', 'l1']) {
      t.equal(decodeAs(bytes, findEncoding(label)!), quotesAndDashes, label)
      t.match(decodePage(Buffer.concat([Buffer.from('a '), bytes]), label), {
        text: `a ${quotesAndDashes}`
      })
    }
    for (const [i, character] of [...quotesAndDashes].entries()) {
      t.equal(decodeAs(Buffer.from([0x61, 0x80 + i, 0x62]), 'windows-1252'), `a${character}b`)
    }
    t.end()
  }
)

t.test('a label is looked up as browsers do, and what hides text from checks is refused', (t) => {
  t.equal(findEncoding('x-sjis'), 'shift_jis')
  t.equal(findEncoding('gb2312'), 'gbk')
  t.equal(findEncoding('cp850'), 'cp850')
  for (const label of ['utf-7', 'hex', 'base64', 'binary', 'klingon', '']) {
    t.equal(findEncoding(label), undefined, label)
  }
  t.end()
})

t.test('bytes that are not of the encoding are told from those that are', (t) => {
  for (const encoding of [
    'shift_jis',
    'euc-jp',
    'gbk',
    'big5',
    'euc-kr',
    'iso-2022-jp',
    'utf-8',
    'windows-1255'
  ]) {
    t.equal(decodeAs(Buffer.from([0x61, 0xff, 0xff]), encoding), undefined, encoding)
    t.equal(decodeAs(Buffer.from('abc'), encoding), 'abc', encoding)
  }
  t.equal(decodeAs(Buffer.from('\x1b$BF|K\\\x1b(B', 'latin1'), 'iso-2022-jp'), '日本')
  t.equal(decodeAs(Buffer.from('\ufeffé', 'utf16le'), 'utf-16le'), 'é')
  t.same(utf8Faults(Buffer.from('né\xff\xc3', 'latin1')), { first: 1, faults: 3, characters: 0 })
  t.same(utf8Faults(Buffer.concat([Buffer.from('日本é'), Buffer.from([0xe9])])), {
    first: 8,
    faults: 1,
    characters: 3
  })
  t.equal(utf8Faults(Buffer.from('日本é')), undefined)
  t.end()
})

t.test('text that does not say how it is encoded is read by its bytes', (t) => {
  for (const [text, encoding] of [
    ['Grüße aus Köln, schöne Straße', 'windows-1252'],
    ['price € 5 – “quote”', 'windows-1252'],
    ['naïve café', 'windows-1252'],
    ['Fußball 5°C §3 ½ Liter', 'windows-1252'],
    ['El Niño y la cigüeña ¿qué?', 'windows-1252'],
    ['5 €', 'windows-1252'],
    ['Маяк светит зелёным', 'windows-1251'],
    ['Привет', 'windows-1251'],
    ['Маяк светит зелёным по вторникам', 'koi8-r'],
    ['zażółć gęślą jaźń, pchnąć w tę łódź', 'windows-1250'],
    ['Καλημέρα κόσμε, τι κάνεις', 'windows-1253'],
    ['שלום עולם המגדלור', 'windows-1255'],
    ['港の灯台は火曜日に緑色に光ります', 'shift_jis'],
    ['港の灯台は火曜日に緑色に光ります', 'euc-jp'],
    ['灯塔在星期二变成绿色', 'gbk'],
    ['燈塔在星期二變成綠色', 'big5'],
    ['한국어 본문입니다', 'euc-kr'],
    ['sixteen bits', 'utf-16be']
  ] as const) {
    const bytes = iconv.encode(text, encoding)
    t.equal(decodeAs(bytes, guessEncoding(bytes)), text, `${encoding}: ${text}`)
    if (encoding === 'utf-16be') continue
    const page = Buffer.concat([Buffer.from('<title>x</title>\n<p class="y">'), bytes])
    t.equal(decodePage(page, undefined).text.split('>').at(-1), text)
  }
  t.end()
})

t.test(
  'a page says when its encoding was guessed, or when something in it could not be read',
  (t) => {
    const sjis = iconv.encode('港の灯台は火曜日に緑色に光ります', 'shift_jis')
    t.match(decodePage(sjis, undefined), {
      note: /does not say how it is encoded; it was read as shift_jis/
    })
    const late = Buffer.concat([
      Buffer.from(`<!--${'x'.repeat(3000)}--><meta charset="Shift_JIS">`),
      sjis
    ])
    t.match(decodePage(late, undefined), { text: /火曜日/, note: undefined })
    const damaged = Buffer.concat([
      Buffer.from('déjà l’été '),
      Buffer.from([0xff, 0x20]),
      Buffer.from('naïve')
    ])
    t.match(decodePage(damaged, 'utf-8'), {
      text: 'déjà l’été \ufffd naïve',
      note: 'One place could not be read as utf-8 and stands as U+FFFD.'
    })
    t.match(decodePage(Buffer.concat([sjis, sjis, Buffer.from([0xff]), sjis]), 'shift_jis'), {
      text: /港の.*火曜日/,
      note: /^One place/
    })
    t.match(decodePage(Buffer.from('plain'), 'x-nobody'), { text: 'plain', note: undefined })
    const started = performance.now()
    decodePage(Buffer.from(`${'<!--<script'.repeat(200_000)}\xe9`, 'latin1'), undefined)
    t.ok(performance.now() - started < 3000, 'and takes no longer for what is made to take long')
    t.end()
  }
)
