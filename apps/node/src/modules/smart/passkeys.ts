import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Database } from '../../storage/index.ts';
import type { SmartContext } from './context.ts';
import type { User } from './users.ts';

/** How long a challenge stands, in seconds. */
const CHALLENGE_LIFE = 300;

interface PasskeyRow {
  readonly id: string;
  readonly user_id: string;
  readonly public_key: Uint8Array;
  readonly counter: number;
  readonly transports: string;
}

/** The name by which browsers bind a passkey to this node: its host, without a port. */
export function relyingParty(smart: SmartContext): { id: string; origin: string } {
  const { hostname, origin } = new URL(smart.config.publicUrl);
  return { id: hostname, origin };
}

/** What a browser needs to make a passkey for a user (WebAuthn Level 3). `name`: under which the challenge is kept. */
export async function registrationOptions(smart: SmartContext, name: string, user: User): Promise<object> {
  const known = await passkeysOf(smart.context.database, user.id);
  const options = await generateRegistrationOptions({
    rpName: smart.config.name,
    rpID: relyingParty(smart).id,
    userName: user.name,
    userDisplayName: user.name,
    userID: new Uint8Array(Buffer.from(user.id, 'utf8')),
    attestationType: 'none',
    excludeCredentials: known.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await keepChallenge(smart, name, options.challenge);
  return options;
}

/** A passkey as WebAuthn verified it. */
export interface VerifiedPasskey {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
}

/** The passkey that a browser made for the challenge kept under `name`, which is used up either way; null when it does not verify. */
export async function verifiedRegistration(
  smart: SmartContext,
  name: string,
  response: unknown,
): Promise<VerifiedPasskey | null> {
  const challenge = await takeChallenge(smart, name);
  if (challenge === null) return null;
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(smart);
  const expected = { expectedChallenge: challenge, expectedOrigin, expectedRPID, requireUserVerification: true };
  try {
    const verified = await verifyRegistrationResponse({ response: response as never, ...expected });
    if (!verified.verified) return null;
    const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential;
    return { id, publicKey, counter, transports };
  } catch (error) {
    return notVerified(error);
  }
}

/** Keeps the passkey that a browser made. Returns whether it verified; the challenge is used up either way. */
export async function registerPasskey(
  smart: SmartContext,
  name: string,
  user: User,
  response: unknown,
): Promise<boolean> {
  const made = await verifiedRegistration(smart, name, response);
  if (made === null) return false;
  const rows = await smart.context.database.query(
    `insert into smart_passkey (id, user_id, public_key, counter, transports, created_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do nothing returning id`,
    [made.id, user.id, made.publicKey, made.counter, JSON.stringify(made.transports), smart.context.clock()],
  );
  return rows.length === 1;
}

/** What a browser needs to sign somebody in with a passkey: whoever holds one for this node. */
export async function signInOptions(smart: SmartContext, name: string): Promise<object> {
  const options = await generateAuthenticationOptions({ rpID: relyingParty(smart).id, userVerification: 'required' });
  await keepChallenge(smart, name, options.challenge);
  return options;
}

/**
 * Verifies a browser's answer to the challenge kept under `name`, which is used up either way. `find` gives the passkey of an id.
 * Returns the passkey with its new counter, or null when nobody whom we know signed.
 */
export async function verifiedAssertion<T extends VerifiedPasskey>(
  smart: SmartContext,
  name: string,
  response: unknown,
  find: (id: string) => Promise<T | null>,
): Promise<T | null> {
  const challenge = await takeChallenge(smart, name);
  const { id } = (response ?? {}) as { id?: unknown };
  if (challenge === null || typeof id !== 'string') return null;
  const known = await find(id);
  if (known === null) return null;
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(smart);
  const expected = { expectedChallenge: challenge, expectedOrigin, expectedRPID, requireUserVerification: true };
  try {
    const { publicKey, counter, transports } = known;
    const credential = { id, publicKey: Uint8Array.from(publicKey), counter, transports: [...transports] as [] };
    const verified = await verifyAuthenticationResponse({ response: response as never, ...expected, credential });
    return verified.verified ? { ...known, counter: verified.authenticationInfo.newCounter } : null;
  } catch (error) {
    return notVerified(error);
  }
}

/** Who signed the challenge; null when nobody did whom we know. The challenge is used up either way. */
export async function verifyPasskey(smart: SmartContext, name: string, response: unknown): Promise<User | null> {
  const { database } = smart.context;
  const known = await verifiedAssertion(smart, name, response, async (id) => {
    const [row] = await database.query<PasskeyRow>(
      'select id, user_id, public_key, counter, transports from smart_passkey where id = $1',
      [id],
    );
    if (row === undefined) return null;
    const { user_id: user, public_key: publicKey, counter, transports } = row;
    return { id, user, publicKey, counter, transports: JSON.parse(transports) as string[] };
  });
  if (known === null) return null;
  await database.query('update smart_passkey set counter = $2 where id = $1', [known.id, known.counter]);
  return smart.users.find(known.user);
}

/** The library throws on whatever does not verify; anything else is our fault and passed on. */
function notVerified(error: unknown): null {
  if (error instanceof Error && 'sqlState' in error) throw error;
  return null;
}

/** Keeps a challenge for {@link verifiedRegistration} or {@link verifiedAssertion}: five minutes, and one use. */
export async function keepChallenge(smart: SmartContext, name: string, challenge: string): Promise<void> {
  await smart.store.put('Challenge', name, { challenge }, CHALLENGE_LIFE);
}

function passkeysOf(database: Database, user: string): Promise<{ id: string }[]> {
  return database.query<{ id: string }>('select id from smart_passkey where user_id = $1', [user]);
}

async function takeChallenge(smart: SmartContext, name: string): Promise<string | null> {
  const held = (await smart.store.take('Challenge', name)) as { challenge: string } | null;
  return held?.challenge ?? null;
}
