import type {
  graph as englishGraph,
  projects as englishProjects,
  timeline as englishTimeline
} from '../en/places.ts'
import { counted, type Translated } from '../translated.ts'

export const timeline: Translated<typeof englishTimeline> = {
  title: 'タイムライン',
  intro: '出来事を日ごとに、あなたのタイムゾーンで表示します。',
  when: '期間',
  whenHint: '例: last week、May 2026、2026-11-29',
  namespace: '名前空間',
  older: '以前の記憶',
  toNewest: '最新に戻る',
  empty: 'まだ何も記憶されていません。アプリが何かを保存すると、ここに日ごとに表示されます。',
  emptyFilter: 'その期間の記憶はありません。期間を長くするか、別の名前空間を試してください。',
  said: (speaker) => `${speaker} の発言`
}

export const graph: Translated<typeof englishGraph> = {
  title: 'グラフ',
  intro: '記憶、人、プロジェクト、話題のつながりです。選ぶと、その周囲が表示されます。',
  around: (name) => `${name} の周囲`,
  newest: '最新のつながり',
  depth: '段数',
  type: 'つながりの種類',
  allTypes: 'すべての種類',
  picture: 'つながりの図。下の表に同じ内容があります。',
  cut: 'ここに入りきらないものがあります。項目を選ぶと、その周囲が表示されます。',
  links: 'つながり',
  from: '元',
  relation: 'つながり',
  to: '先',
  since: '開始',
  unlink: '解除',
  unlinkOf: (from, to) => `${from} と ${to} のつながりを解除`,
  openMemory: 'この記憶を開く',
  showNewest: '最新のつながりを表示',
  empty:
    'つながりはまだありません。アシスタントは graph_link で記憶をつなぎます。記録した会話は話題と自動的につながります。',
  emptyAround: 'つながっているものはありません。',
  unlinked: 'つながりを解除しました。',
  relinked: 'つながりを元に戻しました。',
  linkGone: 'このつながりはすでに解除されています。',
  placeTaken: '元に戻せませんでした。つながりが変更されたか、別のつながりに置き換えられました。',
  noSuchNode: 'グラフにありません',
  noSuchNodeText: 'この名前の記憶や項目はありません。'
}

export const projects: Translated<typeof englishProjects> = {
  title: 'プロジェクト',
  intro:
    'コーディングアシスタントの記録です。セッション、決定、エラーと解決策、ソースコードがあります。',
  empty:
    'プロジェクトはまだありません。Claude Code や Cursor で「Kagura でこのプロジェクトのコーディングセッションを始めて」と伝えてください。',
  captureTitle: '会話の記録',
  captureIntro:
    'オフの間は、会話を記録するアプリもこのプロジェクトの会話を記録しません。' +
    'アプリごとの設定は各アプリのページにあります。',
  captureOn: 'アプリの設定がオンなら、このプロジェクトの会話を記録します。',
  captureOff: 'このプロジェクトの会話の記録を止めました。',
  project: 'プロジェクト',
  sessions: 'セッション',
  sessionCount: (count) => `セッション ${counted(count, '件')}`,
  lastUsed: '最終利用',
  indexed: 'インデックス',
  files: 'ファイル',
  fileCount: (count) => `ファイル ${counted(count, '件')}`,
  indexedFiles: 'インデックス済みのファイル',
  indexedWhen: 'インデックス日時',
  notIndexed: 'ソースコードはインデックスされていません。',
  showFiles: 'ファイルを表示',
  languages: '言語',
  language: '言語',
  lines: '行数',
  size: 'サイズ',
  active: '作業中',
  ended: '終了',
  reached: '目標達成',
  missed: '目標未達成',
  goal: '目標',
  summary: '要約',
  started: '開始',
  minutes: '作業時間',
  minuteCount: (count) => counted(count, '分'),
  decisions: '決定',
  rationale: '理由',
  errors: 'エラー',
  solved: '解決済み',
  unsolved: '未解決',
  solution: '解決策',
  changes: 'ファイルの変更',
  issues: 'Issue',
  openSession: (goal) => `セッションを開く: ${goal}`,
  noRecords: '記録はありません。',
  delete: 'プロジェクトを削除',
  deleteSession: 'セッションを削除',
  deleteIndex: 'インデックスを削除',
  deleteTitle: (name) => `プロジェクト ${name} を削除しますか？`,
  deleteIndexTitle: (name) => `${name} のソースコードのインデックスを削除しますか？`,
  deleteSessionTitle: 'このセッションを削除しますか？',
  deleteSessions: (count) => `セッション ${counted(count, '件')}とその記録が完全に削除されます。`,
  deleteFiles: (count) =>
    `ファイル ${counted(count, '件')}のインデックスが削除されます。アシスタントは再送信できます。`,
  deleteRecords: '決定、エラー、ファイルの変更の記録が完全に削除されます。',
  stay: 'それらが書いた記憶は「削除済み」に移り、30 日間は復元できます。',
  indexStay: 'セッション、決定、エラーは残ります。',
  deleted: (name, sessions, memories) =>
    `${name} を削除しました（セッション ${counted(sessions, '件')}、記憶 ${counted(memories, '件')}）。`,
  indexDeleted: (name) => `${name} のインデックスを削除しました。`,
  sessionDeleted: (memories) => `セッションと記憶 ${counted(memories, '件')}を削除しました。`,
  notFound: 'プロジェクトがありません',
  notFoundText: 'この名前のプロジェクトやセッションはありません。'
}
