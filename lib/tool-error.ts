/**
 * A refusal in words that help the model: what is wrong and what to do. Answered as isError, never
 * logged.
 */
export class ToolError extends Error {}

/** The arguments are not what the tool's schema asks for; nothing was done. */
export class InvalidArgumentsError extends ToolError {}
