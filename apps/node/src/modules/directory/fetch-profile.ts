import { decodeProfile, MAX_PROFILE_LENGTH, type OrganizationProfile, profileHash } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { DirectoryError } from './errors.ts';
import { ask, checkAddress, type PeerLimits } from './http.ts';

/**
 * Fetches an organisation's profile and accepts it only as the bytes that the Directory pins.
 * Throws `profile-mismatch` for any other bytes, `profile-malformed`, `status`, or what {@link ask} throws.
 */
export async function fetchProfile(
  url: string,
  hash: Hex,
  limits: PeerLimits,
): Promise<{ profile: OrganizationProfile; bytes: Uint8Array }> {
  const { status, bytes } = await ask(url, { ...limits, maxBytes: Math.min(limits.maxBytes, MAX_PROFILE_LENGTH) });
  if (status !== 200) {
    throw new DirectoryError('status', `the profile at ${url} answered with status ${status}`, { status });
  }
  if (profileHash(bytes) !== hash.toLowerCase()) {
    throw new DirectoryError('profile-mismatch', `the profile at ${url} is not the one that the Directory pins`);
  }
  return { profile: openProfile(bytes, limits), bytes };
}

/** Reads a profile whose endpoints may be asked. Throws `profile-malformed` or `address-refused`. */
export function openProfile(bytes: Uint8Array, limits: Pick<PeerLimits, 'allowLoopback'>): OrganizationProfile {
  let profile: OrganizationProfile;
  try {
    profile = decodeProfile(bytes);
  } catch (cause) {
    throw new DirectoryError('profile-malformed', 'the profile is not one that this node understands', { cause });
  }
  for (const endpoint of Object.values(profile.endpoints)) checkAddress(endpoint, limits);
  return profile;
}
