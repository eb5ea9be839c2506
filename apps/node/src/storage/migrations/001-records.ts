/**
 * Content keys, the two Merkle logs, and the records. `resource` holds the current version of each record and what searching and consent must
 * know without opening it; `resource_version` holds a row for each version, whose `content` is null while the version is the current one
 * (no content is stored twice). A version's place in the record log is its place in history.
 */
export const id = '001-records';

export const sql = `
create table content_key (
  id text primary key,
  owner text not null unique,
  wrapped bytea not null,
  created_at timestamptz not null default now()
);

create table log (
  name text primary key,
  size bigint not null,
  frontier bytea not null
);
insert into log (name, size, frontier) values ('records', 0, ''), ('access', 0, '');

create table log_node (
  log text not null,
  level smallint not null,
  index bigint not null,
  hash bytea not null,
  primary key (log, level, index)
);

create table resource (
  row_id bigint generated always as identity primary key,
  type text not null,
  id text not null,
  version integer not null,
  deleted boolean not null,
  last_updated timestamptz not null,
  patient text,
  category integer not null,
  sensitive integer not null,
  care_at bigint,
  key_id text not null,
  content bytea not null,
  unique (type, id)
);
create index resource_by_patient on resource (patient, type);
create index resource_by_update on resource (type, last_updated);

create table resource_version (
  leaf_index bigint primary key,
  type text not null,
  id text not null,
  version integer not null,
  method text not null check (method in ('POST', 'PUT', 'DELETE')),
  last_updated timestamptz not null,
  patient text,
  category integer not null,
  sensitive integer not null,
  care_at bigint,
  key_id text not null,
  salt bytea not null,
  content bytea,
  unique (type, id, version)
);
create index resource_version_by_patient on resource_version (patient, leaf_index);
create index resource_version_by_type on resource_version (type, leaf_index);
`;
