/** Signing in to the organisation's own pages: what each person may do, and her open sessions. Only the SHA-256 of a bearer token is stored. */
export const id = '010-sign-in';

export const sql = `
alter table client drop constraint client_role_check;
alter table client add constraint client_role_check
  check (role in ('clinician', 'registrar', 'integrator', 'operator', 'auditor'));

alter table smart_user add column role text not null default 'clinician'
  check (role in ('patient', 'clinician', 'registrar', 'operator', 'auditor'));
update smart_user set role = 'patient' where fhir_user like 'Patient/%';

create table staff_session (
  token_hash text primary key,
  user_id text not null references smart_user (id),
  expires_at bigint not null
);
create index staff_session_by_expiry on staff_session (expires_at);
`;
