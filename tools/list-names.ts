/**
 * What most conversations need. memory_recall is in it although memory_search finds the same: the
 * guide tells people to look for it, and it is the one way to read a key without a search.
 */
export const essentialNames: readonly string[] = [
  'search',
  'fetch',
  'memory_store',
  'memory_recall',
  'memory_search',
  'memory_list',
  'memory_update',
  'memory_delete',
  'memory_history',
  'memory_restore',
  'memory_timeline',
  'memory_record_interaction',
  'memory_get_tool_list'
]

/**
 * The part of coding work that a model does unasked, from the start of a session to its end. What a
 * person asks for by name (texts of pull requests, issues, source code) is callable all the same.
 */
export const codingNames: readonly string[] = [
  'coding_start_session',
  'coding_get_current_session_status',
  'coding_end_session',
  'coding_resume_session',
  'coding_track_file_change',
  'coding_record_error',
  'coding_search_errors',
  'coding_record_decision',
  'coding_get_project_context'
]
