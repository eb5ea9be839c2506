import { type Database, lookUpTogether, type Queryable } from '../../storage/index.ts';
import type { Authority } from './authority.ts';
import { NEWEST_DIRECTIVE } from './directives/held.ts';
import { ConsentError } from './errors.ts';
import { ALL, NOTHING } from './scope.ts';
import { hashSecret, newSecret } from './secrets.ts';

/**
 * What a client may do: clinicians, registrars and integrators work on records; operators run the node, auditors (privacy officers) look at who
 * read what, and neither sees a record. Registrars alone link a patient's first key to her record, operators alone another one.
 */
export type ClientRole = 'clinician' | 'registrar' | 'integrator' | 'operator' | 'auditor';

/** A member of staff or a program of this organisation that holds a bearer token. */
export interface Client {
  readonly name: string;
  /** FHIR reference of who acts: `Practitioner/…` for people, `Device/…` for software. */
  readonly actor: string;
  readonly role: ClientRole;
}

/**
 * Registers a client once. Returns its bearer token, or null when a client of that name exists already: its token was shown at
 * the time and is not stored. `token` fixes the secret (an installation that brings its own), otherwise it is random.
 */
export async function ensureClient(
  database: Database,
  client: Client,
  options: { now: number; token?: string },
): Promise<string | null> {
  const token = options.token ?? newSecret('client');
  const rows = await database.query(
    `insert into client (token_hash, name, actor, role, created_at) values ($1, $2, $3, $4, $5)
     on conflict (name) do nothing returning name`,
    [hashSecret(token), client.name, client.actor, client.role, options.now],
  );
  return rows.length === 1 ? token : null;
}

/** The client of this name. Throws `token-unknown` where there is none, or it was ended. */
export async function clientNamed(q: Queryable, name: string): Promise<Client> {
  const [row] = await q.query<Client>('select name, actor, role from client where name = $1 and not disabled', [name]);
  if (row === undefined) throw new ConsentError('token-unknown', 'the client is not known here, or was ended');
  return row;
}

/** Gives an existing client a new token, ending the old one at once. Returns it, or null when no client has that name. */
export async function renewClient(database: Database, name: string): Promise<string | null> {
  const token = newSecret('client');
  const rows = await database.query('update client set token_hash = $1 where name = $2 returning name', [
    hashSecret(token),
    name,
  ]);
  return rows.length === 1 ? token : null;
}

/** Ends a client's token at once; its entries in the access log stay. */
export async function disableClient(database: Database, name: string): Promise<void> {
  await database.query('update client set disabled = true where name = $1', [name]);
}

/**
 * Who holds the token. Throws `token-unknown` for one that was never issued or was ended. Nothing is remembered from one request to the next, so that a
 * token ends at once, in every process; requests that come in together are looked up together.
 */
export async function authenticateClient(database: Database, token: string): Promise<Client> {
  return (await presentedClient(database, token)).client;
}

/** As `authenticateClient`, by the hash of a token that was presented earlier: for what goes on after the request. */
export async function clientOf(database: Database, tokenHash: string): Promise<Client> {
  return (await findClient(database, tokenHash)).client;
}

/** A client as it was found, and what the same statement saw of the directives that its reads are under (see `NEWEST_DIRECTIVE`). */
export interface PresentedClient {
  readonly client: Client;
  readonly newest: number | null;
}

/** As `authenticateClient`, for who asks for records: the question whether directives have changed travels with it. */
export async function presentedClient(database: Database, token: string): Promise<PresentedClient> {
  return findClient(database, hashSecret(token));
}

async function findClient(database: Database, tokenHash: string): Promise<PresentedClient> {
  const found = await lookUpClient(database, tokenHash);
  if (found === undefined) throw new ConsentError('token-unknown', 'the bearer token is not known here');
  return found;
}

const lookUpClient = lookUpTogether(async (database, hashes: readonly string[]) => {
  const rows = await database.query<Client & { token_hash: string; newest: number | null }>(
    `select token_hash, name, actor, role, ${NEWEST_DIRECTIVE} as newest
     from client where token_hash = any($1::text[]) and not disabled`,
    [[...new Set(hashes)]],
  );
  const found = new Map(rows.map(({ token_hash, newest, ...client }) => [token_hash, { client, newest }]));
  return (hash) => found.get(hash);
});

/** Whether somebody of this role works on records at all. */
export function seesRecords(role: ClientRole): boolean {
  return role !== 'operator' && role !== 'auditor';
}

/**
 * The authority of a client of this organisation, on the basis of being staff: every read is logged all the same. `practitioner` is
 * the FHIR reference of the person whom an integrator acts for, where there is one.
 */
export function staffAuthority(
  client: Client,
  request: { organization: number; purpose: string; requestId: string; practitioner?: string; message?: string },
): Authority {
  return {
    actor: (client.role === 'integrator' ? request.practitioner : undefined) ?? client.actor,
    display: client.name,
    organization: request.organization,
    purpose: request.purpose,
    basis: { kind: 'staff', role: client.role },
    scope: seesRecords(client.role) ? ALL : NOTHING,
    actions: new Set(seesRecords(client.role) ? ['read', 'write'] : []),
    automatic: client.role === 'integrator' && request.practitioner === undefined,
    ...(request.message !== undefined && { message: request.message }),
    requestId: request.requestId,
  };
}
