import type { shell as english } from '../en/shell.ts'
import type { Translated } from '../translated.ts'

export const shell: Translated<typeof english> = {
  skip: '本文へ移動',
  navigation: 'メインナビゲーション',
  administration: '管理',
  home: 'ホーム',
  memories: '記憶',
  connect: '接続',
  apps: 'アプリとキー',
  activity: '利用履歴',
  settings: '設定',
  people: 'ユーザー',
  clients: 'クライアント',
  audit: '監査ログ',
  server: 'サーバー',
  menu: 'メニュー',
  signOut: 'ログアウト',
  undo: '元に戻す',
  keysTitle: 'キーボードショートカット',
  keySearch: '検索',
  keyMove: '次の項目・前の項目',
  keyOpen: '項目を開く',
  keyHelp: 'このヘルプを表示',
  close: '閉じる'
}
