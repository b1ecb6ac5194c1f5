import { conversationItems, LeftOutCounts } from '../conversation.ts'
import { type ImportFormat, type ImportItem, type InputFile, shortDigest } from '../item.ts'
import { readElements } from '../json-text.ts'
import { arrayOrEmpty, isObject, textOrEmpty } from '../json-values.ts'
import { formatHint } from '../recognize.ts'
import { allOrBroken, BrokenItemError, type ImportRun } from '../run.ts'
import { parseForeignTime } from '../time.ts'
import { readActivityCells } from './gemini-html.ts'
import type { GeminiRecord } from './gemini-record.ts'
import { htmlText } from './html-text.ts'

/**
 * Gemini in Google's Takeout: "My Activity", Gemini Apps, as My Activity.json or MyActivity.html.
 * Google does not document it. This follows what published readers agreed on in November 2026
 * (github.com/AlexArchitect-Dev/gemini-takeout-refinery and github.com/jetpack3331/
 * ai-chat-history-manager GEMINI.md): records, newest first, of { header, title: "Prompted ...",
 * titleUrl, time, products, safeHtmlItem: [{ html }] }. A record is one prompt with its answer. It
 * has no id, and names its conversation only where titleUrl does.
 */
export const geminiFormat: ImportFormat = {
  name: 'gemini',
  title: 'Gemini',
  takes: 'the zip of Google Takeout with My Activity of Gemini Apps, or its MyActivity.json',
  picks: (path) => /(^|\/)[^/]*activity[^/]*\.(json|html)$/i.test(path),
  considers: (path) => /\.(json|html)$/i.test(path),
  async *read(files, run) {
    for (const inputFile of files) {
      const isHtml = /\.html?$/i.test(inputFile.path)
      yield* isHtml ? readHtml(inputFile, run) : readJson(inputFile, run)
    }
  }
}

/** What the user wrote follows one of these words. In other languages it is the whole title. */
const promptWords = /^(?:Prompted with: |Asked (?:Gemini|Bard): |(?:Prompted|Asked|Said) )/
/** Records of what is not said in a conversation. */
const actionWords =
  /^(?:Created|Used|Added|Gave|Selected|Shared|Deleted|Viewed|Visited|Searched|Edited|Pinned) /

async function* readJson(inputFile: InputFile, run: ImportRun): AsyncGenerator<ImportItem> {
  for await (const element of readElements(inputFile)) {
    const value = 'value' in element ? element.value : undefined
    if (inputFile.uncertain && !(isObject(value) && 'header' in value && 'title' in value)) {
      yield { left: `files that hold no activity (${inputFile.path})`, count: 1 }
      return
    }
    yield* allOrBroken(() => {
      if ('fault' in element) throw new BrokenItemError(element.fault)
      return recordItems(readRecord(element.value, element.place), element.place, run)
    })
  }
}

async function* readHtml(inputFile: InputFile, run: ImportRun): AsyncGenerator<ImportItem> {
  let count = 0
  for await (const record of readActivityCells(inputFile)) {
    const place = `${inputFile.path}, record ${++count}`
    yield* allOrBroken(() => recordItems(record, place, run))
  }
  if (count > 0) return
  const kind = `files that hold no activity (${inputFile.path})`
  if (inputFile.uncertain) yield { left: kind, count: 1 }
  else yield { broken: `${inputFile.path} has no records of My Activity.` }
}

function readRecord(value: unknown, place: string): GeminiRecord {
  if (!isObject(value) || typeof value['title'] !== 'string') {
    const hint = formatHint(value, 'gemini')
    throw new BrokenItemError(`${place} is not a record of My Activity: it has no title.${hint}`)
  }
  const answers = [value['safeHtmlItem']].flat().filter(isObject)
  return {
    products: [value['header'], ...arrayOrEmpty(value['products'])].map(textOrEmpty),
    title: value['title'],
    url: textOrEmpty(value['titleUrl']),
    time: textOrEmpty(value['time']),
    answer: answers
      .map((answer) => htmlText(textOrEmpty(answer['html']) || textOrEmpty(answer['htmlValue'])))
      .join('\n\n'),
    fileCount: arrayOrEmpty(value['attachedFiles']).length + arrayOrEmpty(value['imageFile']).length
  }
}

function* recordItems(record: GeminiRecord, place: string, run: ImportRun): Generator<ImportItem> {
  const leftOutKind = leftOutKindOf(record)
  if (leftOutKind !== undefined) {
    yield { left: leftOutKind, count: 1 }
    return
  }
  const { title, answer } = record
  const prompt = title
    .replace(promptWords, '')
    .trimEnd()
    .replace(/ Attached \d{1,4} files?\.?$/, '')
    .trim()
  const at = parseForeignTime(record.time)
  if (!at) {
    const timeText = record.time.slice(0, 40)
    yield { warning: `${place}: the time "${timeText}" is not clear; it is left out.` }
  }
  const recordId = [at?.toISOString(), shortDigest(prompt).slice(0, 8)].filter(Boolean).join('-')
  if (!run.takes(`gemini ${recordId}`, { place, updated: 0, messages: answer.length })) {
    yield { left: 'duplicate records', count: 1 }
    return
  }
  const [, conversationId] = /\/app\/(?:c_)?([\w-]{6,100})/.exec(record.url) ?? []
  const prefix = conversationId === undefined ? '' : `${recordId}/`
  yield* conversationItems({
    product: 'gemini',
    id: conversationId ?? recordId,
    title: '',
    at,
    messages: [
      { id: `${prefix}prompt`, speaker: 'user', text: prompt, at },
      { id: `${prefix}answer`, speaker: 'Gemini', text: answer, at }
    ]
  })
  const leftOutCounts = new LeftOutCounts()
  leftOutCounts.add('images and other files', record.fileCount)
  yield* leftOutCounts.items()
}

/** The kind under which a record is left out; undefined for a prompt. */
function leftOutKindOf({ products, title, answer }: GeminiRecord): string | undefined {
  const productNames = products.filter(Boolean)
  const isGemini = productNames.some((name) => /gemini|bard/i.test(name))
  if (productNames.length > 0 && !isGemini) return 'records of other products'
  const isPrompt = promptWords.test(title) || answer !== ''
  return actionWords.test(title) || !isPrompt ? 'records without a prompt' : undefined
}
