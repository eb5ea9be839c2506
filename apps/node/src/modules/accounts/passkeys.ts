import { PRF_INPUT } from '@anamnesis/crypto';
import { toBase64Url } from '@anamnesis/protocol';
import { generateAuthenticationOptions, generateRegistrationOptions } from '@simplewebauthn/server';
import { keepChallenge, relyingParty, type VerifiedPasskey, verifiedAssertion } from '../smart/index.ts';
import type { AccountsContext } from './context.ts';

/** What is asked of every passkey: its PRF output for our input, as base64url like all bytes in the JSON forms of WebAuthn Level 3. */
const PRF = { prf: { eval: { first: toBase64Url(PRF_INPUT) } } } as object;

/**
 * What a browser needs to make a passkey of an account. The name that the device shows with it is the organisation's: the person's own is not told to
 * whoever holds a code.
 */
export async function newPasskeyOptions(
  { smart }: AccountsContext,
  name: string,
  known: readonly string[] = [],
): Promise<object> {
  const options = await generateRegistrationOptions({
    rpName: smart.config.name,
    rpID: relyingParty(smart).id,
    userName: smart.config.name,
    userDisplayName: smart.config.name,
    attestationType: 'none',
    excludeCredentials: known.map((id) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    extensions: { prf: {} } as object,
  });
  await keepChallenge(smart, name, options.challenge);
  return options;
}

/** What a browser needs to sign in with whichever passkey it has for us, and to have its PRF output. */
export async function passkeySignInOptions({ smart }: AccountsContext, name: string): Promise<object> {
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(smart).id,
    userVerification: 'required',
    extensions: PRF,
  });
  await keepChallenge(smart, name, options.challenge);
  return options;
}

/** The account whose passkey answered, or null. */
export async function accountOfPasskey(
  { smart }: AccountsContext,
  name: string,
  response: unknown,
): Promise<string | null> {
  const { database } = smart.context;
  const known = await verifiedAssertion(smart, name, response, async (id) => {
    const [row] = await database.query<{
      account: string;
      public_key: Uint8Array;
      counter: number;
      transports: string;
    }>('select account, public_key, counter, transports from account_lock where credential_id = $1', [id]);
    if (row === undefined) return null;
    const { account, public_key: publicKey, counter, transports } = row;
    return {
      id,
      account,
      publicKey,
      counter,
      transports: JSON.parse(transports) as string[],
    } satisfies VerifiedPasskey & {
      account: string;
    };
  });
  if (known === null) return null;
  await database.query('update account_lock set counter = $2 where credential_id = $1', [known.id, known.counter]);
  return known.account;
}
