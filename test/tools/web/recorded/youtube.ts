/**
 * The shapes of a video's page, its captions (json3) and the embedding service of YouTube,
 * shortened.
 */
export const ID = 'abcdefghijk'
const timedtext = `https://www.youtube.com/api/timedtext?v=${ID}\\u0026ei=x\\u0026caps=asr\\u0026expire=1796000000\\u0026sparams=ip,v\\u0026signature=ABC`

export const player = `{"responseContext":{"serviceTrackingParams":[]},"playabilityStatus":{"status":"OK","playableInEmbed":true},
"captions":{"playerCaptionsTracklistRenderer":{"captionTracks":[
{"baseUrl":"${timedtext}\\u0026kind=asr\\u0026lang=en","name":{"simpleText":"English (auto-generated)"},"vssId":"a.en","languageCode":"en","kind":"asr","isTranslatable":true},
{"baseUrl":"${timedtext}\\u0026lang=en","name":{"simpleText":"English"},"vssId":".en","languageCode":"en","isTranslatable":true},
{"baseUrl":"${timedtext}\\u0026lang=de-DE","name":{"simpleText":"German (Germany)"},"vssId":".de-DE","languageCode":"de-DE","isTranslatable":true},
{"baseUrl":"https://evil.example.com/api/timedtext?lang=fr","languageCode":"fr"},
{"baseUrl":"/api/timedtext?v=${ID}\\u0026lang=ja","languageCode":"ja","kind":"asr"}],"audioTracks":[]}},
"videoDetails":{"videoId":"${ID}","title":"Inside the \\"granite\\" lighthouse }; var x","lengthSeconds":"754","keywords":["lighthouse","coast"],"channelId":"UCx",
"shortDescription":"A visit to the lighthouse.\\n\\n0:00 Start","thumbnail":{"thumbnails":[]},"viewCount":"12345","author":"Coast Channel","isPrivate":false,"isLiveContent":false},
"microformat":{"playerMicroformatRenderer":{"lengthSeconds":"754","publishDate":"2026-03-03T02:00:00-08:00","category":"Travel","ownerChannelName":"Coast Channel"}}}`

export const watchPage = (response = player) =>
  `<!DOCTYPE html><html lang="en"><head><title>x - YouTube</title></head><body><script nonce="n">var ytInitialPlayerResponse = ${response};var meta = document.createElement('meta');</script></body></html>`

export const oembed = { title: 'Inside the granite lighthouse', author_name: 'Coast Channel', author_url: 'https://www.youtube.com/@coast', type: 'video', height: 113, width: 200, version: '1.0', provider_name: 'YouTube', html: '<iframe></iframe>' }

/** Returns captions with these lines, one every five seconds. */
export function captions (lines: string[]): string {
  const events = lines.flatMap((line, i) => [
    { tStartMs: i * 5000, dDurationMs: 5000, wWinId: 1, segs: line.split(/(?= )/).map((utf8, at) => ({ utf8, tOffsetMs: at * 300 })) },
    { tStartMs: i * 5000 + 4990, dDurationMs: 10, wWinId: 1, aAppend: 1, segs: [{ utf8: '\n' }] }
  ])
  return JSON.stringify({ wireMagic: 'pb3', pens: [{}], wsWinStyles: [{}], wpWinPositions: [{}], events: [{ tStartMs: 0, dDurationMs: 754000, id: 1, wpWinPosId: 1 }, ...events] })
}
