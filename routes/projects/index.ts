import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { findCaptureSwitch, putCaptureSwitch } from '../../db/capture/switches.ts'
import {
  deleteIndex,
  deleteProject,
  deleteSession,
  listProjectFiles,
  listProjects,
  readProject,
  readSession
} from '../../domain/coding/projects.ts'
import { PageError } from '../../lib/errors.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'

const PAGE_SIZE = 50
const FILES_PAGE_SIZE = 100
const MAX_OFFSET = 10_000

type ProjectPath = { Params: { project_id: string } }
type SessionPath = { Params: { project_id: string; session_id: string } }

/** The coding projects of a person. */
const projectPages: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const offsetText = queryOf(request.url).get('from') ?? '0'
    const offset = /^\d{1,5}$/.test(offsetText) ? Math.min(Number(offsetText), MAX_OFFSET) : 0
    const page = { limit: PAGE_SIZE, offset }
    const { projects, hasMore } = await listProjects(app.console.context(session), page)
    const more = hasMore ? `/projects?from=${offset + PAGE_SIZE}` : undefined
    return app.console.show(request, reply, session, 'projects/list', { projects, more })
  })

  app.get<ProjectPath>('/:project_id', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { project_id: projectId } = request.params
    const project =
      isName(projectId) && (await readProject(app.console.context(session), projectId))
    if (!project) throw notFound(request)
    return app.console.show(request, reply, session, 'projects/project', {
      project,
      path: projectPath(projectId),
      mayChange: session.role !== 'read_only',
      captured: (await findCaptureSwitch(app.db, session.user_id, 'project', projectId)) !== false
    })
  })

  app.post<ProjectPath>('/:project_id/capture', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const { project_id: projectId } = request.params
    const project =
      isName(projectId) && (await readProject(app.console.context(session), projectId))
    if (!project) throw notFound(request)
    const enabled = formOf(request).get('capture') === 'on'
    await putCaptureSwitch(app.db, session.user_id, 'project', projectId, enabled)
    const { captureOn, captureOff } = request.texts.projects
    const notice = enabled ? captureOn : captureOff
    return app.console.redirect(reply, session, projectPath(projectId), { notice })
  })

  addDetailPages(app)
  addProjectDeletion(app)
  addSessionDeletion(app)
}
export default projectPages

/** The files of a project, and its sessions. */
function addDetailPages(app: FastifyInstance): void {
  app.get<ProjectPath>('/:project_id/files', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { project_id: projectId } = request.params
    const after = queryOf(request.url).get('after')?.slice(0, 1000).replaceAll('\0', '')
    const page = { after, limit: FILES_PAGE_SIZE }
    const listing =
      isName(projectId) && (await listProjectFiles(app.console.context(session), projectId, page))
    if (!listing) throw notFound(request)
    const path = projectPath(projectId)
    const isFull = listing.files.length === FILES_PAGE_SIZE
    const lastPath = listing.files.at(-1)?.path ?? ''
    return app.console.show(request, reply, session, 'projects/files', {
      project_id: projectId,
      path,
      files: listing.files,
      total: listing.index.files,
      more: isFull ? `${path}/files?after=${encodeURIComponent(lastPath)}` : undefined
    })
  })

  app.get<SessionPath>('/:project_id/sessions/:session_id', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { project_id: projectId, session_id: sessionId } = request.params
    const codingSession =
      isName(projectId) &&
      isName(sessionId) &&
      (await readSession(app.console.context(session), projectId, sessionId))
    if (!codingSession) throw notFound(request)
    return app.console.show(request, reply, session, 'projects/session', {
      ...codingSession,
      path: projectPath(projectId),
      mayChange: session.role !== 'read_only'
    })
  })
}

/** Deletes a project, or only what is indexed of it, after a question. */
function addProjectDeletion(app: FastifyInstance): void {
  for (const part of ['delete', 'delete-index'] as const) {
    app.get<ProjectPath>(`/:project_id/${part}`, async (request, reply) => {
      const session = await app.console.requireSession(request)
      const { project_id: projectId } = request.params
      const project =
        isName(projectId) && (await readProject(app.console.context(session), projectId))
      if (!project) throw notFound(request)
      const texts = request.texts.projects
      const files = project.index?.files ?? 0
      const path = projectPath(projectId)
      return app.console.show(request, reply, session, 'confirm-action', {
        title: part === 'delete' ? texts.deleteTitle(projectId) : texts.deleteIndexTitle(projectId),
        points:
          part === 'delete'
            ? [texts.deleteSessions(project.sessions.length), texts.deleteFiles(files), texts.stay]
            : [texts.deleteFiles(files), texts.indexStay],
        action: `${path}/${part}`,
        fields: [],
        button: request.texts.common.delete,
        back: path
      })
    })

    app.post<ProjectPath>(`/:project_id/${part}`, async (request, reply) => {
      const session = await app.console.requireWriterForm(request)
      const { project_id: projectId } = request.params
      if (!isName(projectId)) throw notFound(request)
      const context = app.console.context(session)
      const texts = request.texts.projects
      if (part === 'delete-index') {
        if (!(await deleteIndex(context, projectId))) throw notFound(request)
        const notice = texts.indexDeleted(projectId)
        return app.console.redirect(reply, session, '/projects', { notice })
      }
      const deleted = await deleteProject(context, projectId)
      if (deleted.sessions === 0 && !deleted.index) throw notFound(request)
      const notice = texts.deleted(projectId, deleted.sessions, deleted.memories)
      return app.console.redirect(reply, session, '/projects', { notice })
    })
  }
}

/** Deletes a session with its records, after a question. */
function addSessionDeletion(app: FastifyInstance): void {
  const url = '/:project_id/sessions/:session_id/delete'
  app.get<SessionPath>(url, async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { project_id: projectId, session_id: sessionId } = request.params
    const codingSession =
      isName(projectId) &&
      isName(sessionId) &&
      (await readSession(app.console.context(session), projectId, sessionId))
    if (!codingSession) throw notFound(request)
    const texts = request.texts.projects
    const sessionPath = `${projectPath(projectId)}/sessions/${encodeURIComponent(sessionId)}`
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.deleteSessionTitle,
      points: [texts.deleteRecords, texts.stay],
      action: `${sessionPath}/delete`,
      fields: [],
      button: request.texts.common.delete,
      back: sessionPath
    })
  })

  app.post<SessionPath>(url, async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const { project_id: projectId, session_id: sessionId } = request.params
    const isValid = isName(projectId) && isName(sessionId)
    const memories = isValid
      ? await deleteSession(app.console.context(session), projectId, sessionId)
      : undefined
    if (memories === undefined) throw notFound(request)
    return app.console.redirect(reply, session, projectPath(projectId), {
      notice: request.texts.projects.sessionDeleted(memories)
    })
  })
}

/** Names that can exist: the database refuses NUL. */
function isName(text: string): boolean {
  return text !== '' && text.length <= 255 && !text.includes('\0')
}

function projectPath(projectId: string): string {
  return `/projects/${encodeURIComponent(projectId)}`
}

function notFound({ texts }: FastifyRequest): PageError {
  return new PageError(404, texts.projects.notFound, texts.projects.notFoundText, {
    reason: 'unknown_project',
    link: { href: '/projects', text: texts.projects.title }
  })
}
