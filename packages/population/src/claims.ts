/**
 * The payer's side: who is covered, what was claimed for each encounter, what was paid. Amounts are whole pounds or euros.
 * The payer's chart knows the provider by identifier and the diagnosis by ICD-10 only; clinical detail stays with the hospital.
 * A claim for a sensitive encounter tells as much as the record does, so it carries the same label.
 */
import type { Claim, Coverage, ExplanationOfBenefit, Money } from '@medplum/fhirtypes';
import { file, keeper, referenceTo } from './chart.ts';
import { hl7, ICD10 } from './codes/concept.ts';
import { organizationReference } from './infrastructure.ts';
import { type Billable, chartOf, type Life } from './life.ts';
import type { OrganizationProfile } from './organizations.ts';
import { DAY, dateOf, instantOf, startOfDay } from './time.ts';

/** Draws whether a payer covers this life, and which: one of the own country, or rarely one abroad. */
export function drawPayer(life: Life): OrganizationProfile | undefined {
  const payers = life.organizations.filter((one) => one.kind === 'payer');
  const local = payers.filter((one) => one.country === life.person.country);
  const covered = life.random.chance(local.length > 0 ? 0.6 : 0.2);
  const choice = local.length > 0 ? local : payers;
  return covered && choice.length > 0 ? life.random.pick(choice) : undefined;
}

/** Writes coverage, and a claim and its explanation for every encounter since coverage began. */
export function writeClaims(life: Life, payer: OrganizationProfile): void {
  const { random } = life;
  const chart = chartOf(life, payer);
  const start = startOfDay(life.from + random.next() * 0.3 * (life.until - life.from));
  const coverage = file<Coverage>(chart, random, {
    resourceType: 'Coverage',
    status: 'active',
    type: hl7('v3-ActCode', 'EHCPOL'),
    subscriberId: `${payer.key}-${String(life.person.index).padStart(7, '0')}`,
    beneficiary: chart.patient,
    relationship: hl7('subscriber-relationship', 'self'),
    period: { start: dateOf(start) },
    payor: [keeper(chart)],
  });
  for (const billable of life.billables) {
    if (billable.start >= start) claim(life, payer, coverage, billable);
  }
}

function price(life: Life, billable: Billable): number {
  if (billable.kind === 'visit') return life.random.integer(45, 120);
  if (billable.kind === 'emergency') return life.random.integer(160, 420);
  return 650 + Math.ceil((billable.end - billable.start) / DAY) * life.random.integer(480, 720);
}

function claim(life: Life, payer: OrganizationProfile, coverage: Coverage & { id: string }, billable: Billable): void {
  const chart = chartOf(life, payer);
  const { random } = life;
  const currency = billable.chart.organization.country === 'GB' ? 'GBP' : 'EUR';
  const money = (value: number): Money => ({ value, currency });
  const total = price(life, billable);
  const created = Math.min(life.until, billable.end + random.integer(1, 6) * DAY);
  const period = { start: instantOf(billable.start), end: instantOf(billable.end) };
  const shared = {
    type: hl7('claim-type', billable.kind === 'stay' ? 'institutional' : 'professional'),
    use: 'claim' as const,
    patient: chart.patient,
    billablePeriod: period,
    created: instantOf(created),
    insurer: keeper(chart),
    provider: organizationReference(billable.chart.organization),
  };
  const code = billable.reason?.icd10;
  const diagnosis =
    code === undefined
      ? {}
      : { diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system: ICD10, code }] } }] };
  const service = { coding: billable.encounter.type?.[0]?.coding ?? [] };
  const filed = file<Claim>(
    chart,
    random,
    {
      resourceType: 'Claim',
      status: 'active',
      ...shared,
      priority: hl7('processpriority', 'normal'),
      ...diagnosis,
      insurance: [{ sequence: 1, focal: true, coverage: referenceTo(coverage) }],
      item: [
        {
          sequence: 1,
          ...(code === undefined ? {} : { diagnosisSequence: [1] }),
          productOrService: service,
          net: money(total),
        },
      ],
      total: money(total),
    },
    billable.sensitivity,
  );
  const decided = created + random.integer(4, 30) * DAY;
  if (decided >= life.until) return; // still open
  const refused = random.chance(0.04);
  const share = refused ? 0 : Math.round(total * (billable.kind === 'stay' ? 0.95 : 0.8));
  const amounts = [
    { category: hl7('adjudication', 'submitted'), amount: money(total) },
    { category: hl7('adjudication', 'eligible'), amount: money(refused ? 0 : total) },
    { category: hl7('adjudication', 'benefit'), amount: money(share) },
  ];
  file<ExplanationOfBenefit>(
    chart,
    random,
    {
      resourceType: 'ExplanationOfBenefit',
      status: 'active',
      ...shared,
      created: instantOf(decided),
      claim: referenceTo(filed),
      outcome: 'complete',
      disposition: refused ? 'Not covered' : 'Paid',
      insurance: [{ focal: true, coverage: referenceTo(coverage) }],
      item: [{ sequence: 1, productOrService: service, net: money(total), adjudication: amounts }],
      total: amounts,
      payment: { amount: money(share), date: dateOf(decided) },
    },
    billable.sensitivity,
  );
}
