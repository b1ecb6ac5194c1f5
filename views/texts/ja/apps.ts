import type { apps as english } from '../en/apps.ts'
import { counted, type Translated } from '../translated.ts'

export const apps: Translated<typeof english> = {
  title: 'アプリとキー',
  intro: 'あなたの記憶を利用できるものの一覧です。開くと、行った操作の確認や制限ができます。',
  newKey: '新しいキー',
  emptyTitle: '接続中のアプリはまだありません',
  empty: 'まずアシスタントを接続してください。承認するとここに表示されます。',
  connect: 'アプリを接続',
  ended: '終了したもの',
  more: 'さらに表示',
  newest: '最新から表示',
  key: 'API キー',
  groups: {
    memory: { title: '記憶', text: 'あなたのための記憶を保存、検索、変更、削除します。' },
    coding: {
      title: 'コーディングの記録',
      text: 'コーディング作業(ファイル、エラー、判断)を記録し、後で読み返します。'
    },
    graph: {
      title: '記憶のつながり',
      text: '記憶どうしの関係を表示、変更し、使い方から学びます。'
    },
    web: { title: 'ウェブ', text: 'このサーバーを通してウェブを検索し、ページを読みます。' }
  },
  nothing: '権限が残っていません',
  readsOnly: '読み取り専用',
  onlyNamespaces: (names) => `${names} のみ`,
  states: { active: '有効', expired: '期限切れ', revoked: '取り消し済み', ended: '終了' },
  lastUsed: '最終利用',
  neverUsed: '未使用',
  connectedAt: '接続',
  createdAt: '作成',
  expires: '有効期限',
  expired: '期限切れ',
  neverExpires: '期限なし',
  calls: (count, capped) => `30 日間で呼び出し ${counted(count, '回')}${capped ? '以上' : ''}`,
  written: (count, capped) => `書いた記憶 ${counted(count, '件')}${capped ? '以上' : ''}`,
  installationCount: (count) => `接続先 ${counted(count, 'か所')}`,

  shownTitle: (name) => `新しいキー「${name}」`,
  shownText:
    '表示されるのは今だけです。すぐにコピーしてください。キーを持つ人は誰でもあなたの記憶を利用できます。',
  shownCommand: 'Claude Code では次のコマンドを実行します。',
  keyIntro: 'Claude Code やスクリプトなど、ブラウザーでログインできないプログラム用です。',
  keyName: '名前',
  keyExample: 'ノートパソコンの Claude Code',
  days30: '30 日後',
  days90: '90 日後',
  days365: '1 年後',
  daysNever: '期限なし',
  permissions: '許可する操作',
  create: 'キーを作成',
  nameProblem: '見分けられる名前を 100 文字以内で入力してください。',
  scopeProblem: '権限を一つ以上選んでください。',
  repeatProblem:
    'このフォームのキーはすでに作成済みで、キーの表示は一度だけです。見ていない場合は、そのキーを取り消して作り直してください。',

  limitsTitle: '権限',
  limitsIntro: '次のリクエストから有効になります。以前に承認した範囲を超えることはありません。',
  limitsSaved: (name) => `${name} の権限を保存しました。`,
  access: 'アクセス',
  accessFull: '読み取りと書き込み',
  accessFullText: '保存、変更、削除ができます。',
  accessRead: '読み取りのみ',
  accessReadText: '検索と閲覧だけができ、何も変更しません。',
  reach: '範囲',
  reachAll: 'すべての記憶',
  reachNamespaces: '選んだ名前空間のみ',
  otherNamespace: '別の名前空間',
  beyond: '名前空間のないものも許可',
  beyondText: 'コーディングの記録、ソースコード、ウェブ。',
  savePermissions: '権限を保存',

  toolsTitle: '表示するツール',
  toolsIntro:
    '短い一覧のほうがアシスタントには扱いやすくなります。ほかのツールも名前で呼び出せます。' +
    'URL の指定(profile)はこの設定より優先されます。',
  toolLists: {
    automatic: '自動',
    essential: '基本',
    coding: 'コーディング',
    everything: 'すべて'
  },
  toolListTexts: {
    automatic: '基本のツール。コーディング用アプリにはその記録も。',
    essential: '記憶の検索、保存、変更、削除、復元。',
    coding: '基本のツールと、コーディングの記録。',
    everything: '利用できるすべてのツール。'
  },
  saveTools: '一覧を保存',
  captureTitle: '会話の記録',
  captureIntro: (days) =>
    'プラグインを入れると、このアプリはセッションでの会話を渡せます。後から検索できます。' +
    `秘密情報らしいものは除かれ、${counted(days, '日')}後に消えます。`,
  on: 'オン',
  off: 'オフ',
  turnOn: 'オンにする',
  turnOff: 'オフにする',
  captureOn: (name) => `これから ${name} の会話を記録します。`,
  captureOff: (name) => `${name} の会話の記録を止めました。`,
  toolsSaved: 'ツールの一覧を保存しました。アプリが次に一覧を読み込むと反映されます。',

  installations: '接続先',
  approvedAt: '承認',
  device: (browser, system) => `${system} の ${browser}`,
  unknownDevice: '不明な端末',
  fromAddress: (address) => `${address} から`,
  returnsTo: (origin) => `${origin} 用`,
  unusedSince: '同じ場所から再接続され、それ以降は未使用',
  revoke: '取り消す',
  revokeOne: (number) => `接続先 ${number} を取り消す`,
  revokeAll: (name) => `${name} を取り消す`,
  revokeUnused: (count) => `未使用の ${count} か所を取り消す`,
  moreInstallations: '接続先をさらに表示',

  wrote: '最近書いた記憶',
  wroteNothing: '現在残っている記憶はありません。',
  called: '最近の呼び出し',
  calledNothing: '呼び出しの記録はありません。',
  allCalls: 'すべての呼び出し',
  inNamespace: (namespace) => `${namespace} 内`,

  rename: '名前を変更',
  ownName: (name) => `アプリ自身の名前は ${name} です。`,
  renameHint: '空欄にすると元の名前に戻ります。',
  renamed: (name) => `名前を ${name} に変更しました。`,
  ending: '元に戻す・終了する',
  endedNote: 'もうアクセスできません。行った変更を元に戻すことはできます。',

  undo: '行った変更を元に戻す',
  undoTitle: (name) => `${name} が行った変更を元に戻す`,
  undoIntro:
    '指定した時点以降に書き込み、変更、削除した記憶とつながりをすべて元に戻します。その後に他のものが変更した内容は残ります。変更はそれぞれ新しい版になるため、何も失われません。',
  undoSince: '対象期間の始まり',
  undoAt: 'または日時を指定',
  undoTimeProblem: '2026-11-30 14:00 のように日付と時刻を入力してください。',
  spans: {
    '1h': '1 時間前',
    '24h': '1 日前',
    '7d': '1 週間前',
    '30d': '30 日前',
    all: '最初から'
  },
  preview: '変更内容を確認',
  previewSince: '次の時点以降の変更:',
  undoMemories: (count) => `変更される記憶: ${counted(count, '件')}`,
  undoLinks: (count) => `変更されるつながり: ${counted(count, '件')}`,
  undoKept: (count) => `そのまま残るもの: ${counted(count, '件')}`,
  undoNone: 'その時点以降に元に戻すものはありません。',
  undoButton: (count) => `${counted(count, '件')}の変更を元に戻す`,
  undoMore: (count) => `ほか ${counted(count, '件')}`,
  undone: (changes, kept) =>
    `${counted(changes, '件')}の変更を元に戻しました。` +
    (kept > 0 ? `${counted(kept, '件')}は他の変更を優先して残しました。` : ''),
  changes: { deleted: '削除', restored: '復元', reverted: '前の版へ', reopened: '再開' },
  toVersion: (version) => `版 ${version}`,
  changedBy: (name) => `その後 ${name} が変更`,
  obstacles: {
    taken: '別の記憶が同じキーを使っています',
    final: '完全に削除されています',
    place: '別のつながりが同じ場所にあります'
  },

  revokeTitle: (name) => `${name} を取り消しますか?`,
  revokeSeveral: (count, name) => `${name} の接続先 ${counted(count, 'か所')}を取り消しますか?`,
  revokePoint: (count, name) =>
    count <= 1
      ? `${name} はすぐにあなたの記憶を利用できなくなります。`
      : `${name} の接続先 ${counted(count, 'か所')}は、すぐにあなたの記憶を利用できなくなります。`,
  revokeKeeps: '保存された内容はすべて残ります。',
  revokeAgain: (name) => `再び使うには、${name} から接続して承認してください。`,
  revokeButton: (count) => (count <= 1 ? '取り消す' : `${count} か所を取り消す`),
  revoked: (count, name) =>
    `${name} の接続先 ${counted(count, 'か所')}を取り消しました。保存された記憶は残っています。`,
  gone: 'このアプリはもう接続されていません。取り消すものはありませんでした。',
  revokeKeyTitle: (name) => `キー「${name}」を取り消しますか?`,
  revokeKeyPoint: (prefix) =>
    `このキー(${prefix}…)を使うものは、すぐにあなたの記憶を利用できなくなります。`,
  revokeKeyFinal: '取り消したキーは二度と使えません。新しいキーはいつでも作成できます。',
  revokeKeyButton: 'キーを取り消す',
  keyRevoked: (name) => `キー「${name}」を取り消しました。もう使えません。`,
  keyGone: 'このキーはすでに取り消されています。',

  notFound: 'アプリが見つかりません',
  notFoundText: 'このアドレスのアプリやキーは、あなたのアカウントにはありません。'
}
