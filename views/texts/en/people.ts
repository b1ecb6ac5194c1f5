import { countOf } from '../translated.ts'

/** Accounts, for administrators, and the pages of invitations and new passwords. */
export const people = {
  title: 'People',
  intro: 'Who can sign in. Nobody sees the memories of another person, administrators included.',
  roles: { admin: 'Administrator', user: 'User', read_only: 'Read only' },
  roleTexts: {
    admin: 'also manages people, apps and this server',
    user: 'uses an own memory',
    read_only: 'reads memories, changes none'
  },
  disabled: 'disabled',
  enabled: 'enabled',
  lastSignIn: 'Last sign-in',
  neverSignedIn: 'never signed in',
  created: 'Created',
  usage: 'Stores',
  role: 'Role',
  mayDo: 'What this person may do',
  access: 'Access',
  showEvents: 'Show events of this person',
  invitations: 'Open invitations',
  invite: 'Invite a person',
  inviteText:
    'You get a link to pass on. It works once, for 24 hours. The person chooses a name and ' +
    'a password.',
  makeLink: 'Make the link',
  expires: 'Expires',
  revoke: 'Revoke',
  revokeOf: (email: string) => `Revoke the invitation of ${email}`,
  invited: (email: string) => `The invitation for ${email} is ready. Send the link yourself.`,
  invitationLink: (email: string) => `Invitation link for ${email}`,
  invitationRevoked: (email: string) => `The invitation for ${email} no longer works.`,
  invitationGone: 'This invitation was used or revoked already.',
  emailTaken: 'Another account has this email address.',
  roleMissing: 'Choose a role.',
  disable: 'Disable',
  enable: 'Enable',
  disableText:
    'A disabled person cannot sign in, and their keys and apps stop working. No data is lost.',
  enableText: 'Enabling lets the person sign in again, with the same keys and apps.',
  makeReset: 'Make a password link',
  resetMade: (email: string) =>
    `The link for ${email} is ready. It works once, for 24 hours, and ends all browser sessions.`,
  resetLink: (email: string) => `Link to a new password for ${email}`,
  delete: 'Delete permanently',
  deleteTitle: (email: string) => `Delete ${email}?`,
  deletePoint: (memories: number) =>
    `${countOf(memories, 'memory', 'memories')} with all versions will be deleted.`,
  deleteApps: 'Their API keys and connected apps stop working at once.',
  deleteForever: 'Nobody can undo this. The audit log stays.',
  deleted: (email: string) => `Deleted ${email} with everything that belonged to the account.`,
  typeEmail: (email: string) => `Type ${email} to confirm`,
  typeExactly: 'Type the email address exactly as it is shown.',
  isYou: 'This is your own account.',
  lastAdministrator: (email: string) =>
    `${email} is the only administrator. First make another person an administrator.`,
  unchanged: 'Nothing was changed.',
  changed: (email: string, role: string, isEnabled: boolean) =>
    `${email}: ${role}, ${isEnabled ? 'enabled' : 'disabled'}.`,
  unknown: 'No such person',
  unknownText: 'There is no account with this id.',
  welcome: 'Welcome',
  welcomeText: 'You are invited to this memory server. Choose your name and a password.',
  newPassword: 'Choose a new password',
  newPasswordText: 'It replaces your old password and signs you out in every browser.',
  passwordHint: 'At least 8 characters, and not a common password. A long phrase is best.',
  makeAccount: 'Create my account',
  setPassword: 'Set the password',
  linkOnce: 'This link works once.',
  nameTooLong: 'The name may have up to 200 characters.',
  usedLink: 'This link is no longer valid',
  usedLinkText: 'It works once and expires after 24 hours. Ask your administrator for a new one.',
  signIn: 'Sign in',
  passwordSet: 'Your password is set. Sign in with it.'
}
