import type { ColumnType, JSONColumnType } from 'kysely'

/** A time that the database fills in by default. */
export type DefaultNowColumn = ColumnType<Date, Date | undefined, Date>
export type TimeColumn = ColumnType<Date, Date, Date>
export type NullableTimeColumn = ColumnType<Date | null, Date | null | undefined, Date | null>
export type NullableColumn<T> = ColumnType<T | null, T | null | undefined, T | null>
/** A jsonb column: queries read a value and write JSON text. */
export type JsonColumn<T extends object | null> = JSONColumnType<T, string | undefined, string>
export type NullableJsonColumn<T extends object> = ColumnType<
  T | null,
  string | null | undefined,
  string | null
>
