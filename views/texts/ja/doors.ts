import type { doors as english } from '../en/doors.ts'
import { counted, type Translated } from '../translated.ts'

export const doors: Translated<typeof english> = {
  account: 'アカウント',
  home: '最初のページへ',

  setupTitle: '初期設定',
  welcome: 'ようこそ',
  setupText: '最初のアカウントを作成します。このサーバーの管理者になります。',
  passwordHint: '8 文字以上で、よく使われるものは避けてください。長い語句が最適です。',
  createAccount: 'アカウントを作成',
  ollama: '意味で検索：このコンピューターで Ollama が動いています',
  ollamaModel: '最初に一度だけモデルを取得します。',
  ollamaSettings: (file) =>
    `サーバーのフォルダーの ${file} に次の行を書き、再起動してください。書かなければ単語で検索します。`,
  setupFoot: 'データはこのサーバーにとどまります。この設定リンクは一度だけ使えます。',

  deviceTitle: '端末を接続',
  deviceText:
    '別の端末やターミナルのアプリに表示されたコードを入力すると、アプリが何を求めているかを確認できます。',
  waitSeconds: (count) =>
    `入力の回数が多すぎます。${counted(count, '秒')}待ってからもう一度お試しください。`,
  waitMinutes: (count) =>
    `入力の回数が多すぎます。${counted(count, '分')}待ってからもう一度お試しください。`,
  code: 'コード',
  codeHint:
    'たった今、自分で要求したコードだけを入力してください。他人から渡されたコードは決して入力しないでください。',
  continue: '続ける',

  approved: '許可しました',
  denied: '拒否しました',
  approvedName: (name) => `${name} を許可しました`,
  deniedName: (name) => `${name} を拒否しました`,
  deviceApproved: '端末に戻ってください。数秒で接続され、選んだ範囲で記憶を使えるようになります。',
  deviceDenied: 'アクセスは許可されません。端末には拒否されたことが伝わります。',
  closePage: 'このページは閉じてかまいません。',
  appApproved: '選んだ範囲で記憶を使えるようになりました。',
  appDenied: 'アクセスは許可されません。アプリには拒否されたことが伝わります。',
  onYourWay: (host) => `${host} に戻ります。`,
  mayAsk: 'アプリを開くかどうか、ブラウザーが尋ねることがあります。',
  backTo: (name) => `${name} に戻る`,
  nothingHappens:
    '何も起こらないときはボタンを押してください。そのあとはこのページを閉じてかまいません。',
  takeBack: 'いつでも取り消せます：',
  yourApps: 'アプリの一覧',

  signedOutTitle: 'ログアウト',
  signedOut: 'ログアウトしました',
  signedOutText: '接続したアプリと API キーは引き続き使えます。',
  signInAgain: 'もう一度ログイン',

  mcpTitle: 'アシスタント用のアドレス',
  mcpText:
    'これは Kagura Memory の MCP アドレスです。ChatGPT や Claude などの AI アシスタントがひとつの記憶を共有します。ブラウザーではなく、' +
    'アシスタントが使います。',
  mcpKeyText:
    'これは Kagura Memory の API キー用アドレスです。ChatGPT や Claude などの AI アシスタントがひとつの記憶を共有します。' +
    'ブラウザーではなく、アシスタントが使います。',
  mcpHow: '接続のしかた',
  mcpKeyHow: (header) =>
    `クライアントにこのアドレスを設定し、API キーをヘッダー ${header} で送ります。`,
  mcpKeyMore: (address) =>
    `API キーはログインして作成します。自分でログインできるクライアントでは、代わりに ${address} を使います。`,
  mcpCopy: 'このアドレスをコピーします。',
  mcpPaste:
    'ChatGPT、Claude、VS Code、Cursor で、カスタムコネクタまたは MCP サーバーとして追加し、貼り付けます。',
  mcpApprove: 'アプリに求められたら、ここでログインして許可します。',
  mcpClaudeCode: 'Claude Code（ターミナル）：',
  mcpSignIn: 'アカウントにログイン',
  mcpFoot: 'アプリごとの手順、接続したアプリ、API キーを確認できます。',

  received: '受け取った内容',
  allowIt: '許可するには、サーバーで次を実行します。',
  reference: 'サーバーのログの参照番号：',
  notFound: 'ページが見つかりません',
  notFoundText: 'このアドレスには何もありません。',
  failed: '処理できませんでした'
}
