/**
 * How often anything changed that a decision on a consent rests on. Whoever has read the number may rely on what she read after it, until the number is another:
 * it changes in the transaction that makes the change, whoever makes it.
 */
export const id = '020-consent-state';

const TABLES = [
  ...['consent', 'subject', 'refusal', 'refusal_of_all'],
  ...['ledger_organization', 'ledger_subject', 'ledger_revocation'],
];

export const sql = `
create table consent_state (
  single boolean primary key default true check (single),
  version bigint not null
);
insert into consent_state (version) values (0);

create function consent_state_changes() returns trigger language plpgsql as $$
begin
  update consent_state set version = version + 1;
  return null;
end $$;

${TABLES.map(
  (table) => `create trigger consent_state_changes after insert or update or delete or truncate on ${table}
  for each statement execute function consent_state_changes();`,
).join('\n')}
`;
