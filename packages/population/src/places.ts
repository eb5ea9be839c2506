/** Invented streets in real towns, and contact points that can reach nobody (RFC 2606 domains, Ofcom's drama numbers). */
import type { Address, ContactPoint } from '@medplum/fhirtypes';
import type { Random } from './random.ts';

type Town = readonly [city: string, postalPrefix: string];

const TOWNS: Record<string, readonly Town[]> = {
  GB: [
    ['Sherborne', 'DT9'],
    ['Yeovil', 'BA20'],
    ['Dorchester', 'DT1'],
    ['Bristol', 'BS1'],
    ['Exeter', 'EX1'],
  ],
  PT: [
    ['Lisboa', '1000'],
    ['Setúbal', '2900'],
    ['Sintra', '2710'],
    ['Évora', '7000'],
    ['Coimbra', '3000'],
  ],
};

const STREETS: Record<string, readonly string[]> = {
  GB: ['Foxglove Lane', 'Kiln Row', 'Lantern Street', 'Mill Pond Close', 'Orchard Rise', 'Saltway'],
  PT: ['Rua das Andorinhas', 'Rua do Lagar Velho', 'Travessa da Nora', 'Largo das Oliveiras', 'Rua da Fonte Fria'],
};

/** A home address in the country; unknown countries get a town without a postal code. */
export function drawAddress(random: Random, country: string): Address {
  const number = random.integer(1, 180);
  const street = random.pick(STREETS[country] ?? ['Station Road', 'Harbour Street']);
  const [city, prefix] = random.pick(TOWNS[country] ?? [['Newtown', '']]);
  const line = country === 'PT' ? `${street}, ${number}` : `${number} ${street}`;
  const code = postalCode(random, country, prefix);
  return { use: 'home', line: [line], city, ...(code === '' ? {} : { postalCode: code }), country };
}

function postalCode(random: Random, country: string, prefix: string): string {
  if (country === 'GB')
    return `${prefix} ${random.integer(1, 9)}${random.pick([...'ABDEFGHJLNPQRSTUWXYZ'])}${random.pick([...'ABDEFGHJLNPQRSTUWXYZ'])}`;
  if (country === 'PT') return `${prefix}-${String(random.integer(1, 999)).padStart(3, '0')}`;
  return '';
}

/** A telephone number set aside for drama (GB) and a mail address that goes nowhere. */
export function drawTelecom(random: Random, country: string, index: number): ContactPoint[] {
  const mail: ContactPoint = { system: 'email', value: `person${index}@example.org`, use: 'home' };
  if (country !== 'GB') return [mail];
  return [
    { system: 'phone', value: `+44 7700 900${String(random.integer(0, 999)).padStart(3, '0')}`, use: 'mobile' },
    mail,
  ];
}
