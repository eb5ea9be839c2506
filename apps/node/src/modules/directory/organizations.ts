import type { Address, Hex } from 'viem';
import type { Queryable } from '../../storage/types.ts';
import { DirectoryError } from './errors.ts';

/** An organisation as the Directory has it at the block that this node has reached. */
export interface Organization {
  readonly id: number;
  /** Bits of the role table (spec/codes.json). */
  readonly roles: number;
  /** ISO 3166-1 numeric country. */
  readonly jurisdiction: number;
  readonly active: boolean;
  readonly operator: Address;
  /** Seconds since 1970 at which the operator's key ends. */
  readonly operatorUntil: number;
  /** How many emergencies it may declare at a time. */
  readonly emergencyQuota: number;
  readonly profileHash: Hex;
  readonly profileUrl: string;
}

const COLUMNS = `id, roles, jurisdiction, active, operator, operator_until as "operatorUntil", emergency_quota as "emergencyQuota",
  profile_hash as "profileHash", profile_url as "profileUrl"`;

/** The organisation of this Directory id, active or not; null when there is none. */
export async function findOrganization(q: Queryable, id: number): Promise<Organization | null> {
  const [row] = await q.query<Organization>(
    `select ${COLUMNS} from ledger_organization where id = $1 order by block desc, log_index desc limit 1`,
    [id],
  );
  return row ?? null;
}

/** Every organisation in the order of admission. */
export async function listOrganizations(q: Queryable): Promise<Organization[]> {
  return q.query<Organization>(
    `select distinct on (id) ${COLUMNS} from ledger_organization order by id, block desc, log_index desc`,
  );
}

/** An organisation that may act. Throws `organization-unknown` or `organization-inactive`. */
export async function activeOrganization(q: Queryable, id: number): Promise<Organization> {
  const organization = await findOrganization(q, id);
  if (organization === null)
    throw new DirectoryError('organization-unknown', `the Directory has no organisation ${id}`);
  if (!organization.active) throw new DirectoryError('organization-inactive', `organisation ${id} is suspended`);
  return organization;
}

/** Every key that acted for an organisation, newest first: what one of them signed stays the organisation's. */
export async function operatorKeys(q: Queryable, id: number): Promise<Address[]> {
  const rows = await q.query<{ operator: Address }>(
    'select operator from ledger_organization where id = $1 group by operator order by max(block) desc',
    [id],
  );
  return rows.map(({ operator }) => operator);
}
