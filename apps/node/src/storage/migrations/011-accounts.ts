/**
 * Patients' accounts: the encrypted file, which the node cannot read, and the locks that open its seed. Of a lock that the organisation keeps, \`held\` is its
 * key under a key of the node; of a passphrase, \`verifier\` is the SHA-256 of what is derived from it for signing in.
 */
export const id = '011-accounts';

export const sql = `
create table account (
  id text primary key,
  subject text not null unique,
  file text not null,
  version bigint not null,
  created_at bigint not null
);

create table account_lock (
  id text primary key,
  account text not null references account (id) on delete cascade,
  kind text not null check (kind in ('passkey', 'passphrase', 'organization')),
  content text not null,
  credential_id text unique,
  public_key bytea,
  counter bigint,
  transports text,
  verifier text,
  held bytea,
  created_at bigint not null
);
create index account_lock_by_account on account_lock (account);
`;
