/**
 * SMART App Launch: registered apps, the people who sign in, their passkeys, everything of OAuth that ends by itself, and failed attempts. Of secrets
 * only a hash is stored; `smart_entry` is found by the SHA-256 of its name and its content is encrypted under a key of the node.
 */
export const id = '008-smart';

export const sql = `
create table smart_app (
  id text primary key,
  name text not null,
  kind text not null check (kind in ('public', 'confidential', 'backend')),
  registration text not null,
  secret_hash text,
  disabled boolean not null default false,
  created_at bigint not null
);

create table smart_user (
  id text primary key,
  name text not null,
  fhir_user text not null unique,
  demo boolean not null default false,
  external text unique,
  disabled boolean not null default false,
  created_at bigint not null
);

create table smart_passkey (
  id text primary key,
  user_id text not null references smart_user (id),
  public_key bytea not null,
  counter bigint not null,
  transports text not null,
  created_at bigint not null
);
create index smart_passkey_by_user on smart_passkey (user_id);

create table smart_entry (
  kind text not null,
  key text not null,
  grant_key text,
  uid_key text,
  client text,
  account text,
  content bytea not null,
  consumed_at bigint,
  expires_at bigint not null,
  primary key (kind, key)
);
create index smart_entry_by_grant on smart_entry (grant_key) where grant_key is not null;
create index smart_entry_by_uid on smart_entry (uid_key) where uid_key is not null;
create index smart_entry_by_expiry on smart_entry (expires_at);

create table smart_attempt (
  key text primary key,
  failures integer not null,
  until bigint not null
);
`;
