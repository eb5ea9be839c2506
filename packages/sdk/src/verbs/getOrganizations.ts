import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** An organisation of the consortium, as a node knows it by the Directory and the profile pinned there. */
export interface KnownOrganization {
  readonly id: number;
  /** Null while its profile cannot be had. */
  readonly name: string | null;
  readonly active: boolean;
  /** Bits of the role table (spec/codes.json). */
  readonly roles: number;
  /** ISO 3166-1 numeric country. */
  readonly jurisdiction: number;
  /** Address of its node. */
  readonly node: string | null;
}

/** The organisations of the consortium (public). */
export async function getOrganizations(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<KnownOrganization[]> {
  const reply = await connection.request({ path: `${API_BASE}/organizations`, authenticated: false, ...options });
  return (reply.body() as { organizations: KnownOrganization[] }).organizations;
}
