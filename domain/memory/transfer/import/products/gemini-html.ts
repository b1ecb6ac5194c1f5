import type { InputFile } from '../item.ts'
import { BrokenItemError } from '../run.ts'
import type { GeminiRecord } from './gemini-record.ts'
import { htmlText } from './html-text.ts'

const CELL_START = '<div class="outer-cell'
/** Characters of one record: an answer is a page of text. */
const MAX_CELL = 10_000_000
const BODY_START = 'mdl-typography--body-1">'
const NEXT_CELL = '<div class="content-cell'

/** Hours from UTC of zones whose abbreviation means one thing only. */
const zoneOffsets: Record<string, string> = {
  UTC: '+00:00',
  GMT: '+00:00',
  PST: '-08:00',
  PDT: '-07:00',
  MDT: '-06:00',
  EST: '-05:00',
  EDT: '-04:00',
  CET: '+01:00',
  CEST: '+02:00',
  JST: '+09:00',
  KST: '+09:00'
}
const timePattern = new RegExp(
  String.raw`^([A-Z][a-z]{2} \d{1,2}, \d{4}), (\d{1,2}):(\d{2}):(\d{2})\s([AP])M\s` +
    String.raw`([A-Z]{2,5}|GMT[+-]\d{1,2}(?::\d{2})?)$`
)

/**
 * Reads the records of MyActivity.html. The cell of a record holds what was done, `Prompted` with
 * the prompt, then a line with the time, then the answer.
 */
export async function* readActivityCells(inputFile: InputFile): AsyncGenerator<GeminiRecord> {
  const { maxValueCharacters = MAX_CELL, path } = inputFile
  let openText = ''
  for await (const chunk of inputFile.chunks()) {
    openText += chunk
    const cells = openText.split(CELL_START)
    openText = CELL_START + cells.pop()!
    if (openText.length > Math.min(maxValueCharacters, MAX_CELL)) {
      throw new BrokenItemError(`${path}: one record has more than ${MAX_CELL} characters.`)
    }
    for (const cell of cells) yield* readCell(cell)
  }
  yield* readCell(openText)
}

function* readCell(cell: string): Generator<GeminiRecord> {
  const bodyStart = cell.indexOf(BODY_START)
  if (bodyStart < 0) return
  const bodyEnd = cell.indexOf(NEXT_CELL, bodyStart)
  const body = cell.slice(bodyStart + BODY_START.length, bodyEnd < 0 ? undefined : bodyEnd)
  const lines = body.split(/<br\s*\/?>/i)
  const timeIndex = lines.findIndex((line) => timePattern.test(cleanLine(line)))
  const titleLines = timeIndex < 0 ? lines.slice(0, 1) : lines.slice(0, timeIndex)
  const answerLines = lines.slice(timeIndex < 0 ? 1 : timeIndex + 1)
  const [, url = ''] = /href="([^"]{1,500})"/.exec(titleLines.join('\n')) ?? []
  yield {
    products: [htmlText(cell.slice(0, bodyStart)).replace(/^[^>]*>/, '')],
    title: htmlText(titleLines.join('<br>')).replace(/\u00a0/g, ' '),
    url,
    time: timeIndex < 0 ? '' : isoTime(cleanLine(lines[timeIndex]!)),
    answer: htmlText(answerLines.join('<br>')),
    fileCount: 0
  }
}

function cleanLine(line: string): string {
  return htmlText(line).replace(/[\u00a0\u202f]/g, ' ')
}

/** The time as parseForeignTime reads it; as it is if the zone could be several. */
function isoTime(text: string): string {
  const [, date, hours, minutes, seconds, half, zone = ''] = timePattern.exec(text) ?? []
  const [, sign, zoneHours = '', zoneMinutes = ':00'] = /^GMT([+-])(\d+)(:\d+)?$/.exec(zone) ?? []
  const offset = sign ? `${sign}${zoneHours.padStart(2, '0')}${zoneMinutes}` : zoneOffsets[zone]
  if (offset === undefined) return text
  const hour = (Number(hours) % 12) + (half === 'P' ? 12 : 0)
  return `${date}, ${String(hour).padStart(2, '0')}:${minutes}:${seconds} ${offset}`
}
