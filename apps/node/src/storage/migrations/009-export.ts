/**
 * Bulk export jobs. No record is copied: a part is a list of places in the record log, and its file is made when it is asked for. What was asked for is
 * encrypted under a key of the node, since a filter may name somebody. `next_type` and `after_leaf`: how far the preparation is.
 */
export const id = '009-export';

export const sql = `
create table export_job (
  id text primary key,
  owner text not null,
  content bytea not null,
  log_size bigint not null,
  transaction_time timestamptz not null,
  next_type integer not null default 0,
  after_leaf bigint not null default -1,
  ready boolean not null default false,
  expires_at timestamptz not null
);
create index export_job_by_owner on export_job (owner);
create index export_job_by_expiry on export_job (expires_at);

create table export_part (
  job text not null references export_job (id) on delete cascade,
  part integer not null,
  kind text not null check (kind in ('output', 'deleted')),
  type text not null,
  leaves bigint[] not null,
  primary key (job, part)
);
`;
