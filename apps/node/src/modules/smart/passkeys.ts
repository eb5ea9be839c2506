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
  await smart.store.put('Challenge', name, { challenge: options.challenge }, CHALLENGE_LIFE);
  return options;
}

/** Keeps the passkey that a browser made. Returns whether it verified; the challenge is used up either way. */
export async function registerPasskey(
  smart: SmartContext,
  name: string,
  user: User,
  response: unknown,
): Promise<boolean> {
  const challenge = await takeChallenge(smart, name);
  if (challenge === null) return false;
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(smart);
  const expected = { expectedChallenge: challenge, expectedOrigin, expectedRPID, requireUserVerification: true };
  try {
    const verified = await verifyRegistrationResponse({ response: response as never, ...expected });
    if (!verified.verified) return false;
    const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential;
    const rows = await smart.context.database.query(
      `insert into smart_passkey (id, user_id, public_key, counter, transports, created_at) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do nothing returning id`,
      [id, user.id, publicKey, counter, JSON.stringify(transports), smart.context.clock()],
    );
    return rows.length === 1;
  } catch (error) {
    return notVerified(error);
  }
}

/** What a browser needs to sign somebody in with a passkey: whoever holds one for this node. */
export async function signInOptions(smart: SmartContext, name: string): Promise<object> {
  const options = await generateAuthenticationOptions({ rpID: relyingParty(smart).id, userVerification: 'required' });
  await smart.store.put('Challenge', name, { challenge: options.challenge }, CHALLENGE_LIFE);
  return options;
}

/** Who signed the challenge; null when nobody did whom we know. The challenge is used up either way. */
export async function verifyPasskey(smart: SmartContext, name: string, response: unknown): Promise<User | null> {
  const challenge = await takeChallenge(smart, name);
  const { id } = (response ?? {}) as { id?: unknown };
  if (challenge === null || typeof id !== 'string') return null;
  const { database } = smart.context;
  const [row] = await database.query<PasskeyRow>(
    'select id, user_id, public_key, counter, transports from smart_passkey where id = $1',
    [id],
  );
  if (row === undefined) return null;
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(smart);
  const expected = { expectedChallenge: challenge, expectedOrigin, expectedRPID, requireUserVerification: true };
  try {
    const credential = {
      id: row.id,
      publicKey: Uint8Array.from(row.public_key),
      counter: row.counter,
      transports: JSON.parse(row.transports) as [],
    };
    const verified = await verifyAuthenticationResponse({ response: response as never, ...expected, credential });
    if (!verified.verified) return null;
    await database.query('update smart_passkey set counter = $2 where id = $1', [
      id,
      verified.authenticationInfo.newCounter,
    ]);
    return await smart.users.find(row.user_id);
  } catch (error) {
    return notVerified(error) || null;
  }
}

/** The library throws on whatever does not verify; anything else is our fault and passed on. */
function notVerified(error: unknown): false {
  if (error instanceof Error && 'sqlState' in error) throw error;
  return false;
}

function passkeysOf(database: Database, user: string): Promise<{ id: string }[]> {
  return database.query<{ id: string }>('select id from smart_passkey where user_id = $1', [user]);
}

async function takeChallenge(smart: SmartContext, name: string): Promise<string | null> {
  const held = (await smart.store.take('Challenge', name)) as { challenge: string } | null;
  return held?.challenge ?? null;
}
