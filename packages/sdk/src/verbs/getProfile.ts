import { decodeProfile, type OrganizationProfile, profileHash } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { Connection } from '../client/connection.ts';

/** What an organisation says about itself, and the hash by which the Directory pins it. */
export interface FetchedProfile {
  readonly profile: OrganizationProfile;
  readonly bytes: Uint8Array;
  /** keccak256 of the bytes; equal to `Directory.profileHash` when the profile is the pinned one. */
  readonly hash: Hex;
}

/**
 * Fetches a node's profile (`/.well-known/anamnesis`). It is the node's word until `hash` was compared with the Directory.
 * Throws `profile-malformed` or RequestError `network`, `not-found`.
 */
export async function getProfile(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<FetchedProfile> {
  const { bytes } = await connection.request({ path: '/.well-known/anamnesis', authenticated: false, ...options });
  return { profile: decodeProfile(bytes), bytes, hash: profileHash(bytes) };
}
