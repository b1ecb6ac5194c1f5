export const message = (role: string, text: string, at: number | null, more: object = {}) => ({
  author: { role, name: null, metadata: {} },
  create_time: at,
  content: { content_type: 'text', parts: [text] },
  status: 'finished_successfully',
  weight: 1,
  metadata: {},
  recipient: 'all',
  ...more
})
export const node = (
  id: string,
  parent: string | null,
  children: string[],
  content: object | null = null
) => ({ id, parent, children, message: content && { id, ...content } })
export const mapping = (...nodes: Array<ReturnType<typeof node>>) =>
  Object.fromEntries(nodes.map((item) => [item.id, item]))

/** A conversation with an abandoned branch, thoughts, and a stored memory. */
export const harbour = {
  title: 'Buying a lighthouse',
  create_time: 1700000000.25,
  update_time: 1700000900,
  conversation_id: 'c-1',
  id: 'c-1',
  current_node: 'a2',
  mapping: mapping(
    node('root', null, ['sys']),
    node(
      'sys',
      'root',
      ['ctx'],
      message('system', '', null, { metadata: { is_visually_hidden_from_conversation: true } })
    ),
    node('ctx', 'sys', ['u1'], {
      author: { role: 'user' },
      create_time: null,
      content: {
        content_type: 'user_editable_context',
        user_profile: 'Preface:\n```I keep bees```',
        user_instructions: 'Be brief'
      },
      metadata: { is_visually_hidden_from_conversation: true }
    }),
    node('u1', 'ctx', ['a1', 'a1b'], message('user', 'Which lighthouse should I buy?', 1700000010)),
    node('a1', 'u1', [], message('assistant', 'The abandoned answer about windmills', 1700000020)),
    node(
      'a1b',
      'u1',
      ['t1'],
      message('assistant', 'Take the red one.\ue200cite\ue202turn0search1\ue201', 1700000030)
    ),
    node('t1', 'a1b', ['b1'], {
      ...message('assistant', '', 1700000031),
      content: {
        content_type: 'thoughts',
        thoughts: [{ summary: 's', content: 'secret thinking' }]
      }
    }),
    node(
      'b1',
      't1',
      ['b2'],
      message('assistant', 'Wants to buy a lighthouse', 1700000032, { recipient: 'bio' })
    ),
    node('b2', 'b1', ['u2'], {
      ...message('tool', 'Model set context updated.', 1700000033),
      author: { role: 'tool', name: 'bio' }
    }),
    node('u2', 'b2', ['a2'], {
      ...message('user', '', 1700000040),
      content: {
        content_type: 'multimodal_text',
        parts: [
          { content_type: 'image_asset_pointer', asset_pointer: 'sediment://file_1' },
          'And the price?'
        ]
      }
    }),
    node('a2', 'u2', [], message('assistant', 'A song.', 1700000050))
  )
}
/** A conversation that begins with the list of ChatGPT's memories. */
export const listed = {
  title: 'Later',
  create_time: 1710000000,
  conversation_id: 'c-2',
  current_node: 'gone',
  mapping: mapping(
    node('m', null, ['u'], {
      author: { role: 'assistant' },
      create_time: 1710000001,
      content: {
        content_type: 'model_editable_context',
        model_set_context:
          '1. [2024-03-09]. Wants to buy a lighthouse\n2. [2024-03-09]. Is allergic to cats\n'
      }
    }),
    node('u', 'm', ['a'], message('user', 'Hello', 1710000002)),
    node('a', 'u', [], message('assistant', 'Good day', 1710000003))
  )
}
