import { CIVIC_ETHICS, HALCYON, LUZ_NOVA, MERIDIAN, NORTHWIND, ST_ALDHELM } from '@anamnesis/population';
import type { Role } from '@anamnesis/protocol';

/** An organisation of the cast and what it may do. `jurisdiction`: ISO 3166-1 numeric. */
export interface Member {
  readonly key: string;
  readonly name: string;
  readonly country: string;
  readonly jurisdiction: number;
  readonly roles: readonly Role[];
}

const member = (
  { key, name, country }: { key: string; name: string; country: string },
  jurisdiction: number,
  ...roles: Role[]
): Member => ({ key, name, country, jurisdiction, roles });

/** In the order of their admission: ids in the Directory are 1, 2, 3, … */
export const MEMBERS: readonly Member[] = [
  member(ST_ALDHELM, 826, 'provider', 'pharmacy'),
  member(LUZ_NOVA, 620, 'provider'),
  member(MERIDIAN, 826, 'laboratory'),
  member(NORTHWIND, 826, 'payer'),
  member(HALCYON, 826, 'sponsor'),
  member(CIVIC_ETHICS, 826, 'ethics-board'),
];
