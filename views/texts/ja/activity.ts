import type { activity as english } from '../en/activity.ts'
import { counted, type Translated } from '../translated.ts'

export const activity: Translated<typeof english> = {
  title: '利用履歴',
  intro: (days) =>
    `アプリが呼び出したツールの記録です。秘密の値は除かれ、あなただけが見られます。${counted(days, '日')}後に削除されます。`,
  off: 'このサーバーでは履歴の記録がオフです。以前の記録の閲覧と消去はできます。',
  empty: '呼び出しの記録はありません。アプリがあなたの記憶を使うと、ここに表示されます。',
  emptyFilter: '条件に合う呼び出しはありません。',
  app: 'アプリ',
  tool: 'ツール',
  outcome: '結果',
  time: '期間',
  allApps: 'すべてのアプリ',
  allTools: 'すべてのツール',
  anyOutcome: 'すべての結果',
  onlyOk: '成功',
  onlyFailed: '成功以外',
  anyTime: 'すべての期間',
  today: '今日',
  yesterday: '昨日',
  week: '過去 7 日間',
  show: '表示',
  reset: '絞り込みを解除',
  outcomes: {
    ok: '成功',
    invalid_arguments: '引数の誤り',
    refused: '拒否',
    forbidden: '権限なし',
    timed_out: '時間切れ',
    failed: '失敗'
  },
  milliseconds: (count) => `${count} ミリ秒`,
  older: '古い呼び出し',
  newest: '最新の呼び出し',
  exportTitle: 'エクスポートと消去',
  exportHint: '絞り込みに合う呼び出しを 50,000 件まで。',
  csv: 'CSV をダウンロード',
  json: 'JSON をダウンロード',
  forget: '呼び出しを消去',
  forgetApp: '対象',
  forgetAge: '期間',
  anyAge: 'すべての期間',
  ageDays: (days) => `${counted(days, '日')}より前`,
  forgetTitle: 'すべての呼び出しを消去しますか?',
  forgetTitleOf: (name) => `${name} の呼び出しを消去しますか?`,
  forgetPoint: 'アプリが呼び出したツールの一覧を完全に削除します。',
  forgetPointOlder: (days) => `${counted(days, '日')}より前の呼び出しを完全に削除します。`,
  forgetKeeps: '記憶、アプリ、キーはそのまま残ります。',
  forgetButton: '消去する',
  forgotten: (count) =>
    count === 0
      ? '消去する呼び出しはありませんでした。'
      : `呼び出し ${counted(count, '件')}を消去しました。`,
  callTitle: (tool) => `${tool} の呼び出し`,
  via: 'インターフェース',
  duration: '所要時間',
  arguments: '引数',
  argumentsHint: '長い値は切り詰められ、秘密の値は除かれています。',
  said: 'アプリへの応答',
  notFound: '呼び出しが見つかりません',
  notFoundText: 'この番号の呼び出しは、あなたのアカウントにはありません。'
}
