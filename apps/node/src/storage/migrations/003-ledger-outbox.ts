/**
 * The node's view of the ledger, and the transactions that it sends there. Facts from the ledger are kept as one row per change,
 * with the block that made it: the present is the latest row, and a reorganisation is undone by deleting the rows above a block.
 */
export const id = '003-ledger-outbox';

export const sql = `
create table ledger_scope (
  single boolean primary key default true check (single),
  scope text not null
);

create table ledger_block (
  number bigint primary key,
  hash text not null,
  time bigint not null
);

create table ledger_event (
  block bigint not null,
  log_index integer not null,
  content text not null,
  primary key (block, log_index)
);

create table ledger_organization (
  id bigint not null,
  block bigint not null,
  log_index integer not null,
  roles integer not null,
  jurisdiction integer not null,
  active boolean not null,
  operator text not null,
  operator_until bigint not null,
  profile_hash text not null,
  profile_url text not null,
  primary key (id, block, log_index)
);
create index ledger_organization_by_block on ledger_organization (block);

create table ledger_subject (
  subject text not null,
  block bigint not null,
  log_index integer not null,
  controller text not null,
  epoch bigint not null,
  nonce bigint not null,
  primary key (subject, block, log_index)
);
create index ledger_subject_by_block on ledger_subject (block);

create table ledger_revocation (
  subject text not null,
  index bigint not null,
  block bigint not null,
  log_index integer not null,
  primary key (subject, index, block, log_index)
);
create index ledger_revocation_by_block on ledger_revocation (block);

create table ledger_checkpoint (
  organization bigint not null,
  stream smallint not null,
  size bigint not null,
  root text not null,
  time bigint not null,
  block bigint not null,
  log_index integer not null,
  primary key (organization, stream, size)
);
create index ledger_checkpoint_by_block on ledger_checkpoint (block);

create table peer_profile (
  hash text primary key,
  content text not null,
  fetched_at bigint not null
);

create table outbox (
  place bigint generated always as identity primary key,
  id text not null unique,
  call_to text not null,
  call_content text not null,
  attempts text not null default '[]',
  settlement text
);
create index outbox_unsettled on outbox (place) where settlement is null;

create table checkpoint_intent (
  log text primary key,
  intention text not null,
  size bigint not null,
  root text not null
);
`;
