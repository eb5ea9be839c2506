/**
 * Hand-overs of the operator's key, for who looks back: one row for each key that was to act next. What is under way stands in the key file and on the
 * ledger, and never depends on this. Intentions may carry money, and may be of one account only.
 */
export const id = '023-handover';

export const sql = `
create table operator_handover (
  address text primary key,
  former text not null,
  asked_at bigint not null,
  asked_by text,
  taken_at bigint,
  withdrawn_at bigint,
  erased_at bigint
);
alter table outbox add column call_value text;
alter table outbox add column call_from text;
`;
