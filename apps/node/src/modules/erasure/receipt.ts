import { AnamnesisError } from '@anamnesis/protocol';
import { CompactSign, type CryptoKey, importJWK, type JWK } from 'jose';

/** What an erasure took away, what stays and why, and until when a copy may exist. Nothing in it says what the records held. */
export interface ErasureReceipt {
  readonly format: 'anamnesis-erasure-receipt/1';
  readonly id: string;
  /** Directory id of the organisation that erased. */
  readonly organization: number;
  /** ISO 8601, in UTC. */
  readonly at: string;
  /** Why, in words of who asked for it. */
  readonly reason: string;
  readonly what: string;
  /** Places in the logs whose contents and salts are gone; the hashes stay. */
  readonly leaves: { readonly records: readonly number[]; readonly access: readonly number[] };
  /** How many content keys were deleted. */
  readonly keys: number;
  /** Consents whose terms were taken away, and organisations that they named: what was released to them is theirs to erase. */
  readonly consents: number;
  readonly grantees: readonly number[];
  /** What was not erased, why, and until when (ISO 8601). */
  readonly retained: readonly Retention[];
  /** Records of others that refer to the patient by id: each is to be decided on its own. */
  readonly mentions: readonly string[];
  /** From then on no backup holds the keys either (ISO 8601), if the operator keeps backups no longer than set. */
  readonly backupsUntil: string;
}

/** An exception from an erasure. */
export interface Retention {
  readonly what: 'access-log';
  readonly reason: string;
  readonly until: string;
}

/** The receipt as a JWS in compact form (RFC 7515, ES384), signed with the key that the organisation's profile names. */
export async function signReceipt(key: JWK, receipt: ErasureReceipt): Promise<string> {
  const privateKey = await importJWK(key, 'ES384');
  return new CompactSign(new TextEncoder().encode(JSON.stringify(receipt)))
    .setProtectedHeader({
      alg: 'ES384',
      typ: 'anamnesis-erasure-receipt+json',
      ...(key.kid !== undefined && { kid: key.kid }),
    })
    .sign(privateKey as CryptoKey);
}

/** What a receipt says, for showing it; its signature is for its holder to verify. Errors: `receipt-malformed`. */
export function readReceipt(jws: string): ErasureReceipt {
  const [, payload = ''] = jws.split('.');
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as ErasureReceipt;
  } catch (cause) {
    throw new AnamnesisError('receipt-malformed', 'The receipt is not a JWS', { cause });
  }
}
