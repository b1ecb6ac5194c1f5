import type { home as english } from '../en/home.ts'
import { counted, type Translated } from '../translated.ts'

export const home: Translated<typeof english> = {
  hello: (name) => `${name} さん、こんにちは`,
  purpose: 'すべてのアシスタントで共有する、ひとつの記憶です。',
  memories: '記憶',
  connections: 'アプリとキー',
  lastUse: '最終利用',
  notUsed: 'まだありません',
  size: '容量',
  begin: 'はじめの 3 ステップ',
  allDone: 'これで完了です。アシスタントがひとつの記憶を共有できるようになりました。',
  done: '完了',
  open: '未完了',
  connectStep: 'アプリを接続する',
  connectText: 'ChatGPT、Claude、エディター、または自作のスクリプト。',
  connectButton: 'アプリを接続',
  tellStep: '何かを伝える',
  tellText: '例：「私の好きな色は青だと覚えておいて」',
  seeStep: 'ここで確認する',
  seeText: '記憶された内容が下に表示されます。',
  checkNow: '今すぐ確認',
  recent: '最近の記憶',
  allMemories: 'すべての記憶',
  empty: 'まだ何も記憶されていません。',
  emptyText: '接続したアプリに覚えてほしいことを伝えるか、自分で記憶を書き込んでください。',
  attention: '確認してください',
  reach: {
    computer:
      'このコンピューターからしか接続できません。ChatGPT と claude.ai には公開アドレスが必要です。',
    network:
      'ネットワーク内からしか接続できません。ChatGPT と claude.ai には公開アドレスが必要です。',
    no_https: 'アドレスが https ではないため、ChatGPT と claude.ai は接続できません。',
    wrong_port: 'アドレスにポート番号があります。claude.ai が接続するのはポート 443 だけです。'
  },
  reachLink: '公開する方法',
  expires: (name) => `キー「${name}」の有効期限：`,
  expiresLink: '新しいキーを作成',
  behind: (count) =>
    `意味検索の準備を待っている記憶が ${counted(count, '件')}あります。単語での検索には今も表示されます。`,
  behindLink: '進み具合を見る',
  noBackup: 'このサーバーのバックアップはまだありません。',
  lastBackup: 'このサーバーの最後のバックアップが古くなっています：',
  backupLink: 'バックアップの方法'
}
