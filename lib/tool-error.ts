/**
 * A refusal for the model: the message says what is wrong and what to do. The answer is an isError
 * result; the server does not log it.
 */
export class ToolError extends Error {
  override name = 'ToolError'
}

/** The arguments do not match the schema of the tool, so the tool did not run. */
export class InvalidArgumentsError extends ToolError {
  override name = 'InvalidArgumentsError'
}
