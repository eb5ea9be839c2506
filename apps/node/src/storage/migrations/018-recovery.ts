/**
 * Guardians of accounts, and recoveries. \`held\` is the organisation's share of the seed under a key of the node; what guardians have is sealed to their own
 * accounts, and passes through here from one device to another without being readable.
 */
export const id = '018-recovery';

export const sql = `
create table account_guardians (
  account text primary key references account (id) on delete cascade,
  held bytea not null,
  check_value text not null,
  set_at bigint not null
);

create table account_guardian (
  account text not null references account_guardians (account) on delete cascade,
  guardian text not null references account (id) on delete cascade,
  sealed text not null,
  primary key (account, guardian)
);
create index account_guardian_by_guardian on account_guardian (guardian);

create table recovery (
  id text primary key,
  account text not null references account (id) on delete cascade,
  token_hash text not null unique,
  new_key text not null,
  state text not null check (state in ('waiting', 'cancelled', 'done')),
  started_at bigint not null,
  ready_at bigint not null
);
create unique index recovery_waiting on recovery (account) where state = 'waiting';

create table recovery_approval (
  recovery text not null references recovery (id) on delete cascade,
  guardian text not null,
  sealed text not null,
  primary key (recovery, guardian)
);
`;
