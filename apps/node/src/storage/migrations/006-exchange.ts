/** Access tokens of peers, the replay table of their assertions, and what this node received from other custodians. */
export const id = '006-exchange';

export const sql = `
create table access_token (
  token_hash text primary key,
  consent_id text not null,
  subject text not null,
  organization integer not null,
  purpose text not null,
  practitioner text,
  actor text not null,
  display text,
  expires_at bigint not null
);
create index access_token_by_expiry on access_token (expires_at);

create table assertion_jti (
  organization integer not null,
  jti text not null,
  expires_at bigint not null,
  primary key (organization, jti)
);
create index assertion_jti_by_expiry on assertion_jti (expires_at);

create table received_grant (
  consent_id text primary key,
  custodian integer not null,
  subject text not null,
  index bigint not null,
  patient text not null,
  key_id text not null,
  content bytea not null,
  fetched_at bigint not null
);
create index received_grant_by_subject on received_grant (custodian, subject);

create table received (
  consent_id text not null references received_grant (consent_id) on delete cascade,
  type text not null,
  id text not null,
  version text not null,
  verdict text not null check (verdict in ('verified', 'unsealed', 'unverified')),
  reason text,
  key_id text not null,
  content bytea not null,
  proof bytea,
  fetched_at bigint not null,
  primary key (consent_id, type, id, version)
);
`;
