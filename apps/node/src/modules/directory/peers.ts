import { fromUtf8, type OrganizationProfile, utf8 } from '@anamnesis/protocol';
import type { Database } from '../../storage/types.ts';
import { DirectoryError } from './errors.ts';
import { fetchProfile, openProfile } from './fetch-profile.ts';
import type { PeerLimits } from './http.ts';
import { activeOrganization, type Organization } from './organizations.ts';

/** Another organisation as the Directory has it, with the profile that it pinned there. */
export interface Peer extends Organization {
  readonly profile: OrganizationProfile;
}

/**
 * An organisation that may act, with its profile: from the cache when the pinned bytes were fetched before, otherwise from the URL in
 * the Directory. Profiles are cached by hash, so one that changed is fetched again and one that is unreachable goes on working.
 *
 * Throws `organization-unknown`, `organization-inactive`, or what {@link fetchProfile} throws.
 */
export async function findPeer(database: Database, limits: PeerLimits, now: number, id: number): Promise<Peer> {
  const organization = await activeOrganization(database, id);
  const cached = await cachedProfile(database, limits, organization.profileHash);
  if (cached !== null) return { ...organization, profile: cached };
  const { profile, bytes } = await fetchProfile(organization.profileUrl, organization.profileHash, limits);
  await database.query(
    'insert into peer_profile (hash, content, fetched_at) values ($1, $2, $3) on conflict do nothing',
    [organization.profileHash, fromUtf8(bytes), now],
  );
  return { ...organization, profile };
}

/** How long a failed look at a peer is remembered, in milliseconds. */
const FAILURE_REMEMBERED = 2_000;

/**
 * {@link findPeer} for requests from outside: several at once share one look, and a failed one is not repeated for a moment, so that
 * nobody can make this node knock at another's door without end.
 */
export function peerFinder(find: (id: number) => Promise<Peer>, clock: () => number): (id: number) => Promise<Peer> {
  const looks = new Map<number, { readonly found: Promise<Peer>; failedAt: number | null }>();
  return (id) => {
    const last = looks.get(id);
    if (last !== undefined && (last.failedAt === null || clock() - last.failedAt < FAILURE_REMEMBERED))
      return last.found;
    const look: { found: Promise<Peer>; failedAt: number | null } = { found: find(id), failedAt: null };
    looks.set(id, look);
    look.found.then(
      () => looks.delete(id),
      () => {
        look.failedAt = clock();
      },
    );
    if (looks.size > 10_000) looks.clear();
    return look.found;
  };
}

async function cachedProfile(
  database: Database,
  limits: PeerLimits,
  hash: string,
): Promise<OrganizationProfile | null> {
  const [row] = await database.query<{ content: string }>('select content from peer_profile where hash = $1', [hash]);
  if (row === undefined) return null;
  try {
    return openProfile(utf8(row.content), limits);
  } catch (error) {
    if (error instanceof DirectoryError) return null; // The settings have changed since: it is fetched and judged anew.
    throw error;
  }
}
