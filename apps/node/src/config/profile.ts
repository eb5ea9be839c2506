import { noteVerifierKey } from '@anamnesis/crypto';
import { encodeProfile, fromBase64Url } from '@anamnesis/protocol';
import type { NodeKeys } from './keys.ts';

/**
 * The bytes of an organisation's profile: what it publishes about itself, and whose keccak256 the Directory pins. The same settings and
 * keys give the same bytes.
 */
export function profileBytes(
  config: { readonly name: string; readonly country: string; readonly publicUrl: string },
  keys: NodeKeys,
): Uint8Array {
  const { x, y, kid } = keys.signing;
  const name = new URL(config.publicUrl).host;
  return encodeProfile({
    anamnesis: 1,
    organization: { resourceType: 'Organization', name: config.name, address: [{ country: config.country }] },
    endpoints: {
      fhir: `${config.publicUrl}/fhir/R4`,
      token: `${config.publicUrl}/auth/token`,
      api: `${config.publicUrl}/api/v1`,
    },
    jwks: {
      keys: [
        {
          kty: 'EC',
          crv: 'P-384',
          x: x ?? '',
          y: y ?? '',
          ...(kid !== undefined && { kid }),
          alg: 'ES384',
          use: 'sig',
        },
      ],
    },
    hpke: keys.hpke.publicKey,
    logKey: noteVerifierKey({ name, privateKey: fromBase64Url(keys.log) ?? new Uint8Array(0) }),
  });
}

/** Where a node serves its profile. */
export function profileUrl(publicUrl: string): string {
  return `${publicUrl}/.well-known/anamnesis`;
}
