/**
 * Entries of the access log stay in their rows. An AuditEvent is a little longer than what PostgreSQL moves out of a row, after it has tried in vain to compress
 * the ciphertext, into two rows of another table with an index of its own: more than half of what storing an entry took.
 * https://www.postgresql.org/docs/18/storage-toast.html
 */
export const id = '022-entry-inline';

export const sql = `
alter table access_entry alter column content set storage external;
alter table access_entry set (toast_tuple_target = 8160);
`;
