import type { Transaction } from '../../storage/index.ts';

/** Takes away the users who sign in as a patient: passkeys, sessions, and what apps were allowed by them. */
export async function eraseUsers(tx: Transaction, patient: string): Promise<void> {
  const users = await tx.query<{ id: string }>('select id from smart_user where fhir_user = $1', [
    `Patient/${patient}`,
  ]);
  const ids = [users.map((user) => user.id)];
  await tx.query('delete from smart_entry where account = any($1::text[])', ids);
  for (const table of ['smart_passkey', 'staff_session'])
    await tx.query(`delete from ${table} where user_id = any($1::text[])`, ids);
  await tx.query('delete from smart_user where id = any($1::text[])', ids);
}
