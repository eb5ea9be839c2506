/**
 * What directives ask of a record beside what search knows: codes (`kind` 0) and references (1) that no search parameter finds, and who wrote it (2).
 *
 * Emergencies: what the ledger says of them, one row per change as in 003, and what this node knows besides. `emergency.side`: declared here for another custodian
 * (`asking`), by another organisation for our records (`asked`), or by our own staff for our own records (`own`). What was said is encrypted. The ledger is
 * read anew, since its events about emergencies were not folded before.
 */
export const id = '019-consent';

export const sql = `
create table search_other (
  row_id bigint not null,
  kind smallint not null,
  system text collate "C" not null,
  code text collate "C" not null
);
create index search_other_by_row on search_other (row_id, kind);

create table ledger_emergency (
  organization bigint not null,
  slot smallint not null,
  declared_at bigint not null,
  block bigint not null,
  log_index integer not null,
  reason smallint not null,
  until bigint not null,
  commitment text not null,
  outcome smallint not null,
  reviewer bigint,
  primary key (organization, slot, declared_at, block, log_index)
);
create index ledger_emergency_by_commitment on ledger_emergency (commitment);
create index ledger_emergency_by_block on ledger_emergency (block);

alter table ledger_organization add column emergency_quota integer not null default 0;
delete from ledger_scope;

create table emergency (
  id text primary key,
  side text not null check (side in ('asking', 'asked', 'own')),
  organization integer not null,
  custodian integer not null,
  patient text,
  actor text not null,
  slot smallint,
  pending boolean not null default false,
  key_id text not null,
  content bytea not null,
  declared_at bigint not null,
  until bigint,
  rest_at bigint,
  outcome text,
  reviewed_by text
);
create unique index emergency_pending on emergency (slot) where pending;
create index emergency_by_patient on emergency (patient);

alter table access_token add column emergency text check (emergency in ('first', 'rest'));
alter table received_grant alter column index drop not null;
`;
