/**
 * What happened that somebody should see (kinds and ids alone), requests for access to and from other organisations, and messages to them that are on their
 * way. What a request says is encrypted under the patient's key, or at the organisation that asks under that of what it receives about her.
 */
export const id = '015-requests';

export const sql = `
create table event (
  seq bigint generated always as identity primary key,
  audience text not null,
  kind text not null,
  ref text not null,
  notice boolean not null,
  at bigint not null,
  seen_at bigint
);
create unique index event_notice on event (audience, kind, ref) where notice;
create index event_by_audience on event (audience, seq) where notice;

create table access_request (
  id text primary key,
  side text not null check (side in ('asked', 'asking')),
  peer integer not null,
  subject text not null,
  patient text,
  actor text,
  state text not null check (state in ('requested', 'granted', 'denied', 'withdrawn', 'undeliverable')),
  key_id text not null,
  content bytea not null,
  delivered boolean not null,
  asked_at bigint not null,
  expires_at bigint not null,
  answered_at bigint
);
create index access_request_by_patient on access_request (patient, asked_at);
create index access_request_by_subject on access_request (subject, peer);

create table peer_message (
  id text primary key,
  peer integer not null,
  key_id text not null,
  content bytea not null,
  attempts integer not null,
  next_at bigint not null,
  created_at bigint not null
);
create index peer_message_by_time on peer_message (next_at);
`;
