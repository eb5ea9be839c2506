/** Erasures: the receipt of each, and the leaves of both logs whose contents it took away. The leaves' hashes stay where they are. */
export const id = '016-erasure';

export const sql = `
create table erasure (
  id text primary key,
  at bigint not null,
  -- A JWS in compact form (RFC 7515), signed with the node's key.
  receipt text not null
);

create table erased_leaf (
  log text not null check (log in ('records', 'access')),
  leaf_index bigint not null,
  erasure text not null references erasure (id),
  primary key (log, leaf_index)
);
`;
