import { counted, type Translated } from '../translated.ts'
import type { settings as english } from '../en/settings.ts'

export const settings: Translated<typeof english> = {
  title: '設定',
  intro: 'アカウント、ブラウザー、データの設定です。',
  groupYou: 'あなた',
  groupSignIn: 'ログイン',
  groupData: 'データ',
  change: '変更',

  profileTitle: '名前とメールアドレス',
  profileIntro: 'メールアドレスはログインに使います。変更しても、アプリとキーはそのまま使えます。',
  noName: '名前は未設定',
  currentPassword: '現在のパスワード',
  passwordHint: 'このブラウザーを使うほかの人に、ログイン情報を変えられないようにするためです。',
  nameTooLong: '名前は 200 文字までです。',
  emailTaken: 'このメールアドレスは別のアカウントで使われています。',
  profileUnchanged: '名前とメールアドレスに変更はありません。',
  nameSaved: '名前を保存しました。',
  emailSaved: (email) => `保存しました。次回からは ${email} でログインしてください。`,

  passwordTitle: 'パスワード',
  passwordIntro:
    '変更すると、ほかのブラウザーはすべてログアウトします。API キーと接続済みのアプリはそのまま使えます。',
  newPassword: '新しいパスワード',
  newPasswordHint: '8 文字以上で、よくあるパスワードは使えません。長い文がおすすめです。',
  changePassword: 'パスワードを変更',
  passwordChanged:
    'パスワードを変更し、ほかのブラウザーをすべてログアウトしました。API キーと接続済みのアプリはそのまま使えます。信頼できないものは取り消してください。',

  securityTitle: 'パスキーと二段階認証',
  securityIntro: 'パスワードなしでログインしたり、スマートフォンのコードを追加したりできます。',

  sessionsTitle: 'ログイン中のブラウザー',
  sessionsIntro:
    'このアカウントにログインしているすべてのブラウザーです。心当たりのないものはログアウトしてください。',
  sessionCount: (count) => counted(count, '台'),
  browserOn: (browser, system) => `${browser}（${system}）`,
  unknownBrowser: '不明なブラウザー',
  thisBrowser: 'このブラウザー',
  fromAddress: (address) => `接続元 ${address}`,
  signedInSince: 'ログイン',
  lastSeen: '最終アクセス',
  signOut: 'ログアウト',
  signOutOf: (browser) => `${browser} をログアウト`,
  signOutOthers: 'ほかのブラウザーをすべてログアウト',
  noOthers: 'ほかにログイン中のブラウザーはありません。',
  sessionEnded: 'そのブラウザーをログアウトしました。',
  sessionGone: 'そのブラウザーはすでにログアウトしています。',
  othersEnded: (count) =>
    count === 0
      ? 'ほかにログイン中のブラウザーはありませんでした。'
      : `ほかのブラウザー ${counted(count, '台')}をログアウトしました。`,

  languageTitle: '言語とタイムゾーン',
  languageIntro: '画面の言語と、「昨日」などの言葉の基準です。',
  languageLabel: '画面の言語',
  browserLanguage: 'ブラウザーの設定に合わせる',
  languageSaved: '言語を保存しました。',
  languageUnknown: '一覧から言語を選んでください。',
  timezoneTitle: 'タイムゾーン',
  timezoneIntro: '時刻はこのタイムゾーンで表示され、「昨日」や「先週」もこれを基準にします。',
  timezoneLabel: 'タイムゾーンの名前',
  timezoneHint: '例: Asia/Tokyo、Europe/Berlin、America/New_York。空欄は UTC です。',
  timezoneUnknown: (name, similar) =>
    `「${name}」というタイムゾーンはありません。` +
    (similar === '' ? '一覧から選んでください。' : `${similar} ではありませんか。`),
  timezoneSaved: (zone) => `タイムゾーンは ${zone} です。「昨日」などの言葉はこれを基準にします。`,

  githubTitle: 'GitHub',
  githubIntro:
    'コーディングアシスタントが GitHub の Issue を読めるようにします。トークンは暗号化して保存します。',
  githubCreate: 'きめ細かい権限のトークンを作成',
  githubAdvice: '作業するリポジトリの Issue を読む権限だけを与えてください。',
  githubNone: 'トークンは保存されていません',
  githubToken: 'トークン',
  githubAnother: '別のトークン',
  githubStored: '保存日時',
  githubUsed: '最終使用',
  githubUnused: '未使用',
  githubStore: 'トークンを保存',
  githubRemove: '削除',
  githubRemoveTitle: 'GitHub のトークンを削除しますか。',
  githubRemovePoints: 'アシスタントは GitHub の Issue を読めなくなります。',
  githubRemoveAdvice:
    'GitHub ではトークンは有効なままです。ほかで使っていなければ GitHub でも取り消してください。',
  githubRemoveButton: 'トークンを削除',
  githubRemoved:
    'GitHub のトークンを削除しました。ほかで使っていなければ GitHub でも取り消してください。',
  githubNotStored: 'GitHub のトークンは保存されていませんでした。',
  githubWrong:
    'GitHub のトークンではありません。github_pat_... のように、20 文字以上の英数字と下線でできています。GitHub からもう一度コピーしてください。',
  githubSaved: (ending) =>
    `末尾が ${ending} の GitHub トークンを保存しました。コーディングアシスタントが GitHub の Issue を読めるようになりました。`,

  dataTitle: 'データと容量',
  dataIntro: '保存されているデータと上限です。',
  usedOf: (used, limit) => `${used} / ${limit}`,
  statMemories: '記憶',
  statBytes: '以前の版を含むサイズ',
  statVersions: '以前の版',
  atLeast: (count) => `${count} 以上`,
  bytesHint: '削除した記憶は、復元できる 30 日間は容量に含まれます。',
  importTitle: 'インポート',
  importIntro: 'ChatGPT、Claude、mem0 などから記憶を取り込みます。先に試し読みをします。',
  importOpen: 'ファイルをインポート',
  exportTitle: 'すべてをエクスポート',
  exportIntro:
    'すべての記憶を、版、削除済みの記憶、リンクとともに JSON Lines で書き出します。インポートで読み込めます。',
  exportWarning: 'ファイルは暗号化されません。自分だけが読める場所に保管してください。',
  exportButton: 'すべてダウンロード',
  exportNotesTitle: 'Obsidian 用',
  exportNotesIntro:
    '記憶ごとに 1 つの Markdown ファイルと、その間のリンクを入れた zip です。インポートでも読み込めます。' +
    '以前の版と削除した記憶は含まれません。',
  exportNotesButton: 'Markdown でダウンロード',
  exportBusy: 'エクスポートを書き出している最中です。終わるまでお待ちください。',

  meaningTitle: '意味による検索',
  meaningIntro: '埋め込みサーバーがあると、意味の近い記憶も検索できます。',
  meaningOff: '未設定です。検索は言葉だけを比べます。',
  meaningOffAdmin: 'EMBEDDINGS_URL と EMBEDDINGS_MODEL を設定し、サーバーを再起動してください。',
  meaningOffUser: 'このサーバーの管理者が設定できます。',
  meaningReady: '使えます。検索は言葉と意味の両方を比べます。',
  meaningStarting: '埋め込みサーバーからまだ応答がありません。',
  meaningWorking: '記憶を読み込んでいます。その間も言葉での検索はできます。',
  model: 'モデル',
  dimensions: '次元数',
  waiting: '処理待ちの記憶',
  refused: 'モデルが受け付けない記憶',

  deleteTitle: 'アカウントの削除',
  deleteIntro: 'アカウントとそのすべての内容を完全に削除します。',
  deleteButton: 'アカウントを削除...',
  deleteQuestion: 'アカウントとすべての内容を削除しますか。',
  deleteMemories: (memories, versions) =>
    `記憶 ${memories} 件と、以前の版 ${versions} 件、およびそのリンク。`,
  deleteAccess: (apps, keys) =>
    `接続済みのアプリ ${apps} 個と API キー ${keys} 個。すべて直ちに使えなくなります。`,
  deleteMore: 'コーディングセッション、索引されたソースコード、ツールの利用履歴。',
  deleteFinal: '元に戻すことはできません。必要になりそうなら、先にエクスポートしてください。',
  deleteLabel: (email) => `確認のため ${email} と入力してください`,
  deleteFinish: '完全に削除',
  deleteMismatch: '表示されているメールアドレスをそのまま入力してください。',
  deleteLastAdmin:
    'あなたは唯一の管理者なので、アカウントを削除できません。先に「ユーザー」でほかの人を管理者にしてください。',
  deleted: 'アカウントを削除しました',
  deletedText: 'このサーバーに保存されていたあなたのデータはすべて消えました。'
}
