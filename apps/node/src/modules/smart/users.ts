import { randomUUID } from 'node:crypto';
import { AnamnesisError } from '@anamnesis/protocol';
import type { Database } from '../../storage/index.ts';
import { newSecret } from '../consent/index.ts';
import type { EntryStore } from './store.ts';

/** Somebody who signs in to let apps act for her: staff, or a patient. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** `Practitioner/…` or `Patient/…`. */
  readonly fhirUser: string;
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
const COLUMNS = 'id, name, fhir_user as "fhirUser", demo';

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
      const { name, fhirUser, external = null } = (given ?? {}) as Record<string, unknown>;
      if (typeof name !== 'string' || name.trim() === '' || name.length > 100) {
        throw new AnamnesisError('user-malformed', 'name must be 1 to 100 characters');
      }
      if (typeof fhirUser !== 'string' || !FHIR_USER.test(fhirUser)) {
        throw new AnamnesisError('user-malformed', 'fhirUser must be Practitioner/… or Patient/…');
      }
      if (external !== null && (typeof external !== 'string' || external === '' || external.length > 200)) {
        throw new AnamnesisError('user-malformed', 'external must be who the upstream provider says that somebody is');
      }
      const [user] = await database.query<User>(
        `insert into smart_user (id, name, fhir_user, demo, external, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (fhir_user) do update set name = excluded.name, external = coalesce(excluded.external, smart_user.external),
           demo = smart_user.demo and excluded.demo
         returning ${COLUMNS}`,
        [randomUUID(), name.trim(), fhirUser, demo, external, clock()],
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
