import type {
  faults as englishFaults,
  statuses as englishStatuses,
  typed as englishTyped
} from '../en/faults.ts'
import { counted, type Translated } from '../translated.ts'
import { commandName } from '../../../lib/command-name.ts'

const reconnectSteps = [
  {
    when: 'ChatGPT',
    then: '設定の「コネクタ」でこのコネクタを削除し、新しく作り直してください。'
  },
  {
    when: 'Claude（Web、デスクトップ、スマートフォン）',
    then: '設定の「コネクタ」でこのコネクタを削除し、もう一度追加してください。'
  },
  {
    when: 'Claude Code（ターミナル）',
    then:
      '「claude mcp logout NAME」を実行してログインし直してください。解決しない場合は' +
      '「claude mcp remove NAME」のあと、前と同じように「claude mcp add ...」を実行します。'
  },
  {
    when: 'Cursor',
    then: '設定の MCP で、このサーバーからログアウトするか削除してから、接続し直してください。'
  },
  {
    when: 'VS Code',
    then:
      'アカウントメニューの信頼済み MCP サーバーの管理、または「MCP: List Servers」で' +
      'このサーバーを選び、アカウントの接続を解除してから起動してください。'
  },
  {
    when: 'その他のアプリ',
    then: 'アプリに保存されたこのサービスの設定をすべて削除し、追加し直してください。'
  },
  {
    when: 'このサービスを運用している場合',
    then: `登録されているアプリは ${commandName} client list で確認できます。`
  }
]

export const faults: Translated<typeof englishFaults> = {
  signedOut: {
    title: 'ログアウトしています',
    text: 'ログインしてから、もう一度お試しください。',
    link: 'ログイン'
  },
  outdatedForm: {
    title: 'このフォームは古くなりました',
    text: '別のログインのときに開かれたフォームです。ページを開き直して、もう一度操作してください。',
    link: 'アカウント'
  },
  foreignForm: {
    title: '別のサイトから送信されたフォームです',
    text: '安全のため受け付けませんでした。このサイトのページを開いて、もう一度お試しください。'
  },
  unreadableForm: {
    title: 'フォームを読み取れません',
    text: 'UTF-8 の文字ではないデータが含まれています。',
    advice: '前のページに戻って再読み込みし、もう一度入力してください。'
  },
  outdatedLink: {
    title: 'このリンクは古くなりました',
    text: 'ページを開き直してください。'
  },
  noProvider: {
    title: 'ページが見つかりません',
    text: '外部プロバイダーは設定されていません。'
  },
  usedSetupLink: {
    title: 'この初期設定リンクは無効です',
    text: 'リンクは一度だけ使え、24 時間で無効になります。',
    advice:
      'アカウントがまだない場合は、サーバーを再起動すると新しいリンクが表示されます。' +
      'すでにある場合は、そのアカウントでログインしてください。',
    steps: [
      {
        when: 'コマンドで管理者を作成するには、サーバーのフォルダーで次を実行します',
        then: `「${commandName} user create --email you@example.org --role admin」`
      }
    ],
    link: 'ログイン'
  },
  outdatedConsent: {
    title: 'このフォームは無効になりました',
    text:
      '開いてから時間がたちすぎたか、このサーバーのフォームではありません。' +
      'アプリに戻って接続し直してください。',
    link: '別のコードを入力'
  },
  accountChanged: {
    title: 'アカウントが変わりました',
    text:
      'このページを開いたあとで {email} としてログインしたか、ログインし直しました。' +
      '何も許可していません。',
    link: '要求をもう一度確認'
  },
  permissionNotOffered: {
    title: '選択が正しくありません',
    text: '選択肢になかった権限が含まれています。'
  },
  unknownClient: {
    title: 'client_id が正しくありません',
    text:
      'このページを開いたアプリは登録されていないか、登録が終了しています。' +
      '登録は長いあいだ使われないと終了します。記憶はそのまま残っています。',
    advice: 'もう一度試しても解決しません。アプリは、削除されるまで古い登録を使い続けます。',
    steps: reconnectSteps
  },
  disabledClient: {
    title: 'client_id が正しくありません',
    text: 'このページを開いたアプリは、管理者によって無効にされています。',
    advice: `管理者は、${commandName} client update CLIENT_ID --enable で有効にできます。`
  },
  clientDocument: {
    title: 'アプリの情報を取得できません',
    text: 'アプリが自身を説明している文書を利用できません。',
    advice:
      '数分後にもう一度お試しください。解決しない場合は、アプリの開発元が文書を直すか、' +
      '管理者がアプリを手動で登録する必要があります。'
  },
  decisionGone: {
    title: 'このページはもうありません',
    text: '接続できたかどうかは、端末の画面で確認してください。',
    link: 'アカウント'
  },
  usedCode: {
    title: 'このコードは使用済みです',
    text: 'コードは一度だけ使えます。端末がまだ待っている場合は、新しいコードを表示させてください。',
    link: '別のコードを入力'
  },
  expiredCode: {
    title: 'このコードは有効期限が切れています',
    text: '有効期間は 15 分です。端末に新しいコードを表示させてください。',
    link: '別のコードを入力'
  },
  appNotAllowed: {
    title: 'このアプリは許可されていません',
    text: 'アプリが無効になっているか、要求した権限をひとつも得られません。'
  },
  repeatedParameter: {
    title: '要求が正しくありません',
    text: 'アプリが同じ項目を二度以上送りました。'
  },
  clientIdMissing: {
    title: '要求が正しくありません',
    text: 'アプリが自分の client_id を送っていません。',
    advice:
      'これは、記憶に接続するアプリのためのアドレスです。アプリの側で、このサービスをコネクタとして追加してください。'
  },
  redirectUriMissing: {
    title: '要求が正しくありません',
    text: 'アプリが戻り先の redirect_uri を送っていません。'
  },
  unknownRedirectUri: {
    title: '戻り先のアドレスが登録されていません',
    text: 'アプリが指定した戻り先は登録されていないため、そこへは何も送っていません。',
    advice: 'このアプリを信頼する場合は、管理者が登録にこのアドレスを追加できます。'
  }
}

export const typed: Translated<typeof englishTyped> = {
  unreadable: '読み取れない文字がありました。もう一度入力してください。',
  longName: (most) => `名前は ${most} 文字以内で入力してください。`,
  wrongPassword: '現在のパスワードが違うため、何も変更していません。',
  waitSeconds: (count) =>
    `試行回数が多すぎます。${counted(count, '秒')}待ってから、もう一度お試しください。`,
  password: {
    short: 'パスワードは 8 文字以上にしてください。',
    long: 'パスワードは 1024 文字以内にしてください。',
    common:
      'このパスワードはよく使われているか、名前やメールアドレスから推測されやすいものです。' +
      '無関係な単語を四つ並べるなど、長い語句にしてください。'
  },
  email: {
    empty: 'メールアドレスを ada@example.org のような形で入力してください。',
    long: 'メールアドレスが 254 文字を超えています。',
    wrong: 'メールアドレスとして正しくありません。ada@example.org のような形で入力してください。'
  }
}

export const statuses: Translated<typeof englishStatuses> = {
  400: { title: '要求が正しくありません', text: '要求の内容を読み取れませんでした。' },
  404: { title: 'ページが見つかりません', text: 'このアドレスには何もありません。' },
  405: { title: '許可されていない操作です', text: 'このアドレスでは、この操作はできません。' },
  413: { title: '送信量が多すぎます', text: '一度に送る量を減らしてください。' },
  415: { title: '対応していない形式です', text: 'ページのフォームから送信してください。' },
  421: { title: 'ホスト名が違います', text: 'このサーバーは、この名前では応答しません。' },
  429: { title: '要求が多すぎます', text: '少し待ってから、もう一度お試しください。' },
  500: { title: '処理できませんでした', text: 'サーバー側で問題が起きました。' },
  503: {
    title: 'しばらくお待ちください',
    text: '準備中です。少し待ってから、もう一度お試しください。'
  }
}
