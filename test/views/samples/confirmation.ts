import { frameOf, type Sample } from './sample.ts'

/** Questions before an action, and the frame of the console with a notice. */
export const confirmationSamples: Record<string, Sample> = {
  'confirm-action': {
    view: 'confirm-action',
    data: {
      ...frameOf('memories', 'admin', {
        notice: 'Deleted 3 memories.',
        undo: { action: '/memories/restore', fields: [['memory_id', 'm1']] }
      }),
      title: 'Delete 3 memories?',
      points: ['They leave every search at once.', 'You can restore them for 30 days.'],
      action: '/memories/delete',
      fields: [['memory_id', 'm1']],
      button: 'Delete 3',
      back: '/memories'
    }
  },
  'confirm-typed': {
    view: 'confirm-action',
    data: {
      ...frameOf('settings', 'user', {
        problem: { form: 'confirm', field: 'typed_word', text: 'Type the email address exactly.' }
      }),
      title: 'Delete your account?',
      points: ['All memories are deleted permanently.'],
      action: '/settings/delete',
      fields: [],
      button: 'Delete permanently',
      back: '/settings',
      typedWord: { label: 'Type ada@example.com to confirm', word: 'ada@example.com' }
    }
  }
}
