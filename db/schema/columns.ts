import type { ColumnType, JSONColumnType } from 'kysely'

/** A column that the database fills in when it is left out, read as a Date. */
export type Now = ColumnType<Date, Date | undefined, Date>
export type Time = ColumnType<Date, Date, Date>
export type MaybeTime = ColumnType<Date | null, Date | null | undefined, Date | null>
export type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>
/** jsonb: read as a value, written as its JSON text. */
export type Json<T extends object | null> = JSONColumnType<T, string | undefined, string>
export type MaybeJson<T extends object> = ColumnType<
  T | null,
  string | null | undefined,
  string | null
>
