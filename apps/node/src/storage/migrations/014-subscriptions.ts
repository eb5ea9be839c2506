/**
 * Subscriptions, and the events that were told under their numbers. `content` (the Subscription as it was sent, what it asks for, on what its owner stands)
 * is encrypted under a key of the node: it may hold an endpoint's secrets. `next_leaf`: the place in the record log from which on nothing was looked at
 * yet; the log itself is the queue. `delivered`: number of the last event that was taken; `logged`: of the last one that is in the access log.
 */
export const id = '014-subscriptions';

export const sql = `
create table subscription (
  id text primary key,
  owner text not null,
  version integer not null,
  channel text not null check (channel in ('rest-hook', 'websocket')),
  status text not null check (status in ('requested', 'active', 'error', 'off')),
  content bytea not null,
  updated_at bigint not null,
  ends_at bigint,
  next_leaf bigint not null,
  events bigint not null default 0,
  delivered bigint not null default 0,
  logged bigint not null default 0,
  shaken boolean not null,
  failures integer not null default 0,
  error text,
  try_at bigint not null default 0,
  beat_at bigint
);
create index subscription_by_owner on subscription (owner);

create table subscription_event (
  subscription text not null references subscription (id) on delete cascade,
  number bigint not null,
  leaf_index bigint not null,
  primary key (subscription, number)
);
`;
