/**
 * What makes the logs verifiable by others. `log_node.entry`: the commitment that a leaf hash is of (null above level 0, and for leaves of before).
 * `signed_checkpoint`: the newest checkpoint of each own log that the node signed. `cosignature`: what witnesses said about it. `witnessed`: what this
 * node last saw of others' logs and found consistent; it cosigns nothing else. `log_finding`: broken promises of logs, own and others'.
 * `rollback_decision`: an operator chose to go on with a log that had been rolled back; checkpoints above `kept` up to `posted` are void here.
 */
export const id = '012-transparency';

export const sql = `
alter table log_node add column entry bytea;

create table signed_checkpoint (
  log text primary key,
  size bigint not null,
  root text not null,
  note text not null
);

create table cosignature (
  log text not null,
  witness integer not null,
  size bigint not null,
  line text not null,
  primary key (log, witness)
);

create table witnessed (
  organization bigint not null,
  log text not null,
  size bigint not null,
  root text not null,
  note text,
  cosignature text,
  waiting_size bigint,
  waiting_since bigint,
  absent_since bigint,
  looked_at bigint not null,
  primary key (organization, log)
);

create table log_finding (
  place bigint generated always as identity primary key,
  organization bigint not null,
  log text not null,
  kind text not null check (kind in ('fork', 'rollback', 'missing', 'late')),
  size bigint not null,
  detail text not null,
  evidence text not null,
  found_at bigint not null,
  gone_at bigint
);
create unique index log_finding_open on log_finding (organization, log, kind) where gone_at is null;

create table rollback_decision (
  place bigint generated always as identity primary key,
  log text not null,
  kept bigint not null,
  posted bigint not null,
  posted_root text not null,
  decided_by text not null,
  reason text not null,
  decided_at bigint not null
);
`;
