import {
  maskOf,
  NO_PARENT,
  type ProxyLink,
  type ProxyTerms,
  PURPOSES,
  proxyTypedData,
  recipientOf,
} from '@anamnesis/protocol';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { random32 } from '../../testing/world.ts';
import { ACT_REASON, coding, except, TYPES } from './directives.fixture.ts';
import {
  and,
  type Case,
  classes,
  inCategory,
  inYears,
  mine,
  now,
  only,
  open,
  SILVA,
  within,
  year,
} from './oracle.fixture.ts';
import type { ProbeWorld } from './world.fixture.ts';

/** Consents by their terms: whole, narrowed, ended, refused, and signed by somebody who acts for her; and emergencies, which need none. */
export const TERMS_CASES: readonly Case[] = [
  { name: 'everything, every class named', terms: open, released: mine },
  { name: 'everything, no class named', released: and(mine, within()) },
  ...(['mental-health', 'substance-use', 'hiv', 'reproductive', 'genetic', 'violence'] as const).map(
    (name): Case => ({
      ...{ name: `class ${name}`, terms: { sensitive: classes(name) }, released: and(mine, within(name)) },
    }),
  ),
  { name: 'laboratory only', terms: only('laboratory'), released: and(mine, within(), inCategory('laboratory')) },
  { name: 'conditions only', terms: only('conditions'), released: and(mine, within(), inCategory('conditions')) },
  {
    name: 'documents, no class named: nothing, since prose is unclassified',
    terms: only('documents'),
    released: () => false,
  },
  {
    name: 'documents, every class named',
    terms: { ...only('documents'), ...open },
    released: and(mine, inCategory('documents')),
  },
  {
    name: 'medications with HIV',
    terms: { ...only('medications'), sensitive: classes('hiv') },
    released: and(mine, inCategory('medications')),
  },
  {
    name: 'care from 2020 to 2022',
    terms: { ...open, careFrom: year(2020), careUntil: year(2022) },
    released: and(mine, inYears(2020, 2022)),
  },
  { name: 'care since 2023', terms: { ...open, careFrom: year(2023) }, released: and(mine, inYears(2023, 9999)) },
  {
    name: 'laboratory before 2020',
    terms: { ...only('laboratory'), careUntil: year(2020) },
    released: and(mine, within(), inCategory('laboratory'), inYears(0, 2020)),
  },
  { name: 'another purpose than asked', terms: { purposes: maskOf(PURPOSES, ['HPAYMT']) }, released: 'refused' },
  {
    name: 'two purposes, one of them asked',
    terms: { ...open, purposes: maskOf(PURPOSES, ['HPAYMT', 'HRESCH']) },
    purpose: 'HRESCH',
    released: mine,
  },
  {
    name: 'one person, who asks',
    terms: { ...open, recipient: recipientOf(SILVA) },
    practitioner: SILVA,
    released: mine,
  },
  {
    name: 'one person, another asks',
    terms: { recipient: recipientOf(SILVA) },
    practitioner: 'Practitioner/other',
    released: 'refused',
  },
  { name: 'one person, software asks', terms: { recipient: recipientOf(SILVA) }, released: 'refused' },
  { name: 'expired', terms: () => ({ validFrom: now() - 100, validUntil: now() - 1 }), released: 'refused' },
  { name: 'not yet valid', terms: () => ({ validFrom: now() + 500 }), released: 'refused' },
  { name: 'to contribute, not to read', terms: { actions: 2 }, released: 'refused' },
  { name: 'for another organisation', terms: { grantee: 3 }, grantee: 2, released: 'refused' },
  {
    name: 'refused by her',
    afterwards: ({ refuse }, grant) => refuse(grant.terms.index),
    released: 'refused',
  },
  {
    name: 'refused on the ledger',
    afterwards: ({ refuseOnLedger }, grant) => refuseOnLedger(grant.terms.index),
    released: 'refused',
  },
  {
    name: 'another consent of hers refused, this one not',
    terms: only('laboratory'),
    afterwards: ({ refuse }) => refuse(4_000_000),
    released: and(mine, within(), inCategory('laboratory')),
  },
  {
    name: 'signed by her mother, within her scope',
    terms: only('laboratory'),
    chain: mother,
    released: and(mine, within(), inCategory('laboratory')),
  },
  {
    name: 'signed by her mother, beyond her scope',
    terms: only('documents'),
    chain: mother,
    released: 'refused',
  },
  {
    name: 'signed by her mother, whose link was removed since',
    ...{ terms: only('laboratory'), chain: mother },
    afterwards: ({ refuse }, { chain = [] }) => refuse(chain[0]?.terms.index ?? 0),
    released: 'refused',
  },
  {
    name: 'emergency: the first set',
    emergency: 'first',
    practitioner: SILVA,
    released: and(mine, within(), inCategory('demographics', 'allergies', 'conditions', 'medications')),
  },
  { name: 'emergency: the rest, on a second step', emergency: 'rest', practitioner: SILVA, released: mine },
  {
    name: 'emergency: what a directive denies in emergencies, too',
    emergency: 'rest',
    practitioner: SILVA,
    directives: [except({ class: [coding(TYPES, 'Condition')], purpose: [coding(ACT_REASON, 'ETREAT')] })],
    released: and(mine, ({ type }) => type !== 'Condition'),
  },
];

/** What her mother signs for her, who may speak for her laboratory results and conditions. */
async function mother(at: ProbeWorld): Promise<{ chain: ProxyLink[]; by: PrivateKeyAccount }> {
  const by = privateKeyToAccount(generatePrivateKey());
  const terms: ProxyTerms = {
    ...{ subject: at.maria.address, epoch: 0, index: at.nextIndex(), proxy: by.address, kind: 1, parent: NO_PARENT },
    ...{ ...only('laboratory', 'conditions'), sensitive: 0, purposes: maskOf(PURPOSES, ['TREAT']), actions: 1 },
    ...{ validFrom: now() - 600, validUntil: now() + 7200, salt: random32() },
  } as ProxyTerms;
  return { by, chain: [{ terms, signature: await at.maria.signTypedData(proxyTypedData(terms, at.domain) as never) }] };
}
