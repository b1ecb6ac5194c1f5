import { type TStringOptions, Type } from 'typebox'

export const booleanSetting = (fallback: boolean, description: string) =>
  Type.Boolean({ default: fallback, description })
export const integerSetting = (
  fallback: number,
  minimum: number,
  maximum: number,
  description: string
) => Type.Integer({ default: fallback, minimum, maximum, description })
export const textSetting = (description: string, fallback?: string) =>
  fallback === undefined
    ? Type.Optional(Type.String({ description, minLength: 1 }))
    : Type.Optional(Type.String({ description, minLength: 1, default: fallback }))

/** A text with a pattern. `expects` describes it for the error of a wrong value, by an example. */
export const patternSetting = (pattern: string, expects: string, description: string) =>
  Type.Optional(Type.String({ pattern, expects, description }))
export const urlSetting = (pattern: string, expects: string, description: string) =>
  Type.Optional(addressText({ pattern, expects, description }))
/** A text that is a URL. */
export const addressText = (options: TStringOptions & { expects: string }) =>
  Type.Refine(Type.String(options), (text) => URL.canParse(text))
export const commaSeparated = (item: string) => `^(\\s*(${item})?\\s*(,|$))+$`
