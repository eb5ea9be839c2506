/** A visit: the frame in which everything else is written. Opens an Encounter; closing it runs the laboratory panels ordered meanwhile. */
import type { Encounter } from '@medplum/fhirtypes';
import { type Chart, file, keeper, type Pointer, referenceTo } from './chart.ts';
import { ENCOUNTERS } from './codes/care.ts';
import { type Concept, codeable } from './codes/concept.ts';
import type { PanelKey } from './codes/laboratory.ts';
import { chartOf, type Life } from './life.ts';
import type { Sensitivity } from './meta.ts';
import type { OrganizationProfile } from './organizations.ts';
import { ageAt } from './person.ts';
import { reportPanel } from './records/panel.ts';
import { type Specialty, type StaffMember, staffOf, staffReference } from './staff.ts';
import { instantOf, MINUTE } from './time.ts';

export type VisitKind = 'visit' | 'emergency' | 'stay';

export interface Visit {
  readonly life: Life;
  readonly chart: Chart;
  readonly kind: VisitKind;
  readonly time: number;
  readonly end: number;
  readonly age: number;
  readonly clinician: StaffMember;
  readonly encounter: Encounter & { id: string };
  readonly sensitivity: Sensitivity | undefined;
  /** Panels to run when the visit closes; a set, since two illnesses may want the same one. */
  readonly orders: Set<PanelKey>;
  /** Lines of the note, in the organisation's language. */
  readonly notes: string[];
}

export interface VisitPlan {
  readonly organization: OrganizationProfile;
  readonly kind: VisitKind;
  readonly type: keyof typeof ENCOUNTERS;
  readonly time: number;
  /** Length in milliseconds; half an hour unless said. */
  readonly length?: number;
  readonly specialty: Specialty;
  readonly reason?: Concept;
  /** Who sees the patient; drawn from the specialty unless named. */
  readonly clinician?: StaffMember;
  readonly sensitivity?: Sensitivity;
}

const CLASSES: Record<VisitKind, { code: string; display: string }> = {
  visit: { code: 'AMB', display: 'outpatient' },
  emergency: { code: 'EMER', display: 'emergency' },
  stay: { code: 'IMP', display: 'inpatient' },
};

/** Opens a visit and its Encounter. The end never lies beyond the written history. */
export function openVisit(life: Life, plan: VisitPlan): Visit {
  const chart = chartOf(life, plan.organization);
  const end = Math.min(plan.time + (plan.length ?? life.random.integer(3, 8) * 5 * MINUTE), life.until);
  const clinician = plan.clinician ?? clinicianFor(life, plan.organization, plan.specialty);
  const language = plan.organization.language;
  const encounter = file<Encounter>(
    chart,
    life.random,
    {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', ...CLASSES[plan.kind] },
      type: [codeable(ENCOUNTERS[plan.type], language)],
      subject: chart.patient,
      participant: [{ individual: staffReference(clinician) }],
      period: { start: instantOf(plan.time), end: instantOf(end) },
      ...(plan.reason === undefined ? {} : { reasonCode: [codeable(plan.reason, language)] }),
      serviceProvider: keeper(chart),
    },
    plan.sensitivity,
  );
  life.billables.push({
    encounter,
    chart,
    kind: plan.kind,
    start: plan.time,
    end,
    reason: plan.reason,
    sensitivity: plan.sensitivity,
  });
  return {
    life,
    chart,
    kind: plan.kind,
    time: plan.time,
    end,
    age: ageAt(life.person, plan.time),
    clinician,
    encounter,
    sensitivity: plan.sensitivity,
    orders: new Set(),
    notes: [],
  };
}

/** Ends a visit: runs what was ordered. Outpatient samples go to the laboratory of the country when there is one. */
export function closeVisit(visit: Visit): void {
  for (const panel of visit.orders) reportPanel(visit, panel);
}

/** A clinician of the specialty; for general care always the same one, as a family doctor is. */
function clinicianFor(life: Life, organization: OrganizationProfile, specialty: Specialty): StaffMember {
  const staff = staffOf(organization);
  const able = staff.filter((member) => member.specialty === specialty);
  const list = able.length > 0 ? able : staff;
  if (list.length === 0) throw new RangeError('a visit needs an organisation with staff');
  const chosen = specialty === 'general' ? list[life.person.index % list.length] : life.random.pick(list);
  return chosen ?? life.random.pick(list);
}

/** What most records say about where they come from: patient, encounter. */
export function context(visit: Visit): { subject: Pointer; encounter: Pointer } {
  return { subject: visit.chart.patient, encounter: referenceTo(visit.encounter) };
}
