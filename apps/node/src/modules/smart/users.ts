import { randomUUID } from 'node:crypto';
import { AnamnesisError } from '@anamnesis/protocol';
import type { Database } from '../../storage/index.ts';
import { type ClientRole, newSecret } from '../consent/index.ts';
import type { EntryStore } from './store.ts';

/** What a person who signs in may do: as staff of that role, or as a patient. */
export type UserRole = Exclude<ClientRole, 'integrator'> | 'patient';

/** Somebody who signs in, at our pages or to let apps act for her: staff, or a patient. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** `Practitioner/…` or `Patient/…`. */
  readonly fhirUser: string;
  readonly role: UserRole;
  readonly demo: boolean;
}

/** The people of a node who sign in. */
export interface Users {
  /** Makes a user, or gives the one that this person has already. Errors: `user-malformed`. */
  ensure(given: unknown, options?: { readonly demo?: boolean }): Promise<User>;
  /** Null when there is none, or she was disabled. */
  find(id: string): Promise<User | null>;
  findExternal(external: string): Promise<User | null>;
  demo(): Promise<User[]>;
  /** Ends a user and every token of hers at once. */
  disable(id: string): Promise<boolean>;
  /** A code with which she registers a passkey, once, within three days. Null when there is no such user. */
  invite(id: string): Promise<string | null>;
}

/** How long an invitation stands, in seconds. */
export const INVITATION_LIFE = 3 * 86_400;

const FHIR_USER = /^(Practitioner|Patient)\/[A-Za-z0-9.-]{1,64}$/;
const STAFF_ROLES: readonly unknown[] = ['clinician', 'registrar', 'operator', 'auditor'] satisfies UserRole[];
const COLUMNS = 'id, name, fhir_user as "fhirUser", role, demo';

/** Opens the users. `clock`: milliseconds since 1970. */
export function openUsers(database: Database, store: EntryStore, clock: () => number): Users {
  const one = async (condition: string, value: string): Promise<User | null> => {
    const [user] = await database.query<User>(`select ${COLUMNS} from smart_user where ${condition} and not disabled`, [
      value,
    ]);
    return user ?? null;
  };
  const find = (id: string): Promise<User | null> => one('id = $1', id);
  return {
    async ensure(given, { demo = false } = {}) {
      const { name, fhirUser, external = null, role = null } = (given ?? {}) as Record<string, unknown>;
      if (typeof name !== 'string' || name.trim() === '' || name.length > 100) {
        throw new AnamnesisError('user-malformed', 'name must be 1 to 100 characters');
      }
      if (typeof fhirUser !== 'string' || !FHIR_USER.test(fhirUser)) {
        throw new AnamnesisError('user-malformed', 'fhirUser must be Practitioner/… or Patient/…');
      }
      if (external !== null && (typeof external !== 'string' || external === '' || external.length > 200)) {
        throw new AnamnesisError('user-malformed', 'external must be who the upstream provider says that somebody is');
      }
      const patient = fhirUser.startsWith('Patient/');
      if (role !== null && (patient ? role !== 'patient' : !STAFF_ROLES.includes(role))) {
        throw new AnamnesisError(
          'user-malformed',
          'role must be clinician, registrar, operator or auditor; a Patient has none',
        );
      }
      const [user] = await database.query<User>(
        `insert into smart_user (id, name, fhir_user, demo, external, created_at, role)
         values ($1, $2, $3, $4, $5, $6, coalesce($7, case when $8 then 'patient' else 'clinician' end))
         on conflict (fhir_user) do update set name = excluded.name, role = coalesce($7, smart_user.role), external = coalesce(excluded.external, smart_user.external),
           demo = smart_user.demo and excluded.demo
         returning ${COLUMNS}`,
        [randomUUID(), name.trim(), fhirUser, demo, external, clock(), role, patient],
      );
      return user as User;
    },
    find,
    findExternal: (external) => one('external = $1', external),
    demo: () => database.query<User>(`select ${COLUMNS} from smart_user where demo and not disabled order by name`),
    async disable(id) {
      return database.transaction(async (tx) => {
        const rows = await tx.query(
          'update smart_user set disabled = true where id = $1 and not disabled returning id',
          [id],
        );
        await tx.query('delete from smart_entry where account = $1', [id]);
        await tx.query('delete from staff_session where user_id = $1', [id]);
        return rows.length === 1;
      });
    },
    async invite(id) {
      if ((await find(id)) === null) return null;
      const code = newSecret('invitation');
      await store.put('Invitation', code, { user: id }, INVITATION_LIFE, { account: id });
      return code;
    },
  };
}
