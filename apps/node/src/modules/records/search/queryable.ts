/** What search needs of a database or a transaction (the interface of `storage`). */
export interface Queryable {
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}
