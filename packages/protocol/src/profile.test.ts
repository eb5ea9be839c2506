import { describe, expect, test } from 'vitest';
import { utf8 } from './bytes.ts';
import { checkProfile, decodeProfile, encodeProfile, type OrganizationProfile, profileHash } from './profile.ts';

const key = { kty: 'EC', crv: 'P-384', x: 'A'.repeat(64), y: 'B'.repeat(64) } as const;
const profile: OrganizationProfile = {
  anamnesis: 1,
  organization: { resourceType: 'Organization', name: 'St. Aldhelm Hospital', address: [{ country: 'GB' }] },
  endpoints: {
    fhir: 'https://a.example/fhir/R4',
    token: 'https://a.example/auth/token',
    api: 'http://127.0.0.1:8101/api/v1',
  },
  jwks: { keys: [key] },
};

describe('profile', () => {
  test('default: there and back, always the same bytes', () => {
    const bytes = encodeProfile(profile);
    expect(decodeProfile(bytes)).toEqual(profile);
    expect(profileHash(encodeProfile(decodeProfile(bytes)))).toBe(profileHash(bytes));
    expect(profileHash(bytes)).toMatch(/^0x[0-9a-f]{64}$/);
  });

  test.each<[string, unknown]>([
    ['another version', { ...profile, anamnesis: 2 }],
    ['no Organization', { ...profile, organization: { resourceType: 'Patient', name: 'x' } }],
    ['no name', { ...profile, organization: { resourceType: 'Organization' } }],
    ['a file as endpoint', { ...profile, endpoints: { ...profile.endpoints, fhir: 'file:///etc/passwd' } }],
    ['a password in an endpoint', { ...profile, endpoints: { ...profile.endpoints, api: 'https://u:p@a.example/x' } }],
    ['a trailing slash', { ...profile, endpoints: { ...profile.endpoints, api: 'https://a.example/' } }],
    ['no key', { ...profile, jwks: { keys: [] } }],
    ['a private key', { ...profile, jwks: { keys: [{ ...key, d: 'secret' }] } }],
    ['a key of another curve', { ...profile, jwks: { keys: [{ ...key, crv: 'P-256' }] } }],
    ['an HPKE key too short', { ...profile, hpke: 'AAAA' }],
    ['an unknown part', { ...profile, more: 1 }],
  ])('error: %s', (_, value) => {
    expect(() => checkProfile(value)).toThrow(expect.objectContaining({ code: 'profile-malformed' }));
  });

  test('error: bytes that are no profile', () => {
    for (const bytes of [utf8(''), utf8('{'), Uint8Array.of(0xff), new Uint8Array(300_000)]) {
      expect(() => decodeProfile(bytes)).toThrow(expect.objectContaining({ code: 'profile-malformed' }));
    }
  });
});
