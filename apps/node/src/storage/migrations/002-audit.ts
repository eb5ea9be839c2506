/** The access log: one encrypted AuditEvent for each patient concerned, at its place in the access log's tree. */
export const id = '002-audit';

export const sql = `
create table access_entry (
  leaf_index bigint primary key,
  id text not null unique,
  recorded timestamptz not null,
  patient text,
  key_id text not null,
  salt bytea not null,
  content bytea not null
);
create index access_entry_by_patient on access_entry (patient, leaf_index);
`;
