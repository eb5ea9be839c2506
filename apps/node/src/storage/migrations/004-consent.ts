/**
 * Who may do what: staff and integrators, patients' subjects and sessions, signed consents, and refusals honoured on receipt.
 * Only the SHA-256 of a bearer token is stored. Terms are kept encrypted: they tell what a patient allowed about herself.
 */
export const id = '004-consent';

export const sql = `
create table client (
  token_hash text primary key,
  name text not null unique,
  actor text not null,
  role text not null check (role in ('clinician', 'registrar', 'integrator', 'operator')),
  created_at bigint not null,
  disabled boolean not null default false
);

create table subject (
  address text primary key,
  patient text not null,
  linked_at bigint not null,
  linked_by text not null
);
create index subject_by_patient on subject (patient);

create table session (
  token_hash text primary key,
  subject text not null,
  epoch bigint not null,
  expires_at bigint not null
);
create index session_by_expiry on session (expires_at);

create table session_nonce (
  subject text not null,
  nonce text not null,
  expires_at bigint not null,
  primary key (subject, nonce)
);

create table consent (
  id text primary key,
  subject text not null,
  epoch bigint not null,
  index bigint not null,
  grantee integer not null,
  key_id text not null,
  content bytea not null,
  received_at bigint not null
);
create index consent_by_subject on consent (subject, grantee);

create table refusal (
  subject text not null,
  index bigint not null,
  signature text not null,
  received_at bigint not null,
  primary key (subject, index)
);

create table refusal_of_all (
  subject text not null,
  epoch bigint not null,
  deadline bigint not null,
  signature text not null,
  received_at bigint not null,
  primary key (subject, epoch)
);
`;
