import { compact, PATIENT } from '../drafts.ts';
import { aboutOf, cd, codingOf, isNegated, ivl, keyOf, type Reading, related, ts } from './types.ts';
import type { XmlElement } from './xml.ts';

const SNOMED = 'http://snomed.info/sct';
const CODE = 'http://terminology.hl7.org/CodeSystem/';

/** Values of a status observation (SNOMED CT) as clinicalStatus. */
const CLINICAL: Readonly<Record<string, string>> = {
  ...{
    55561003: 'active',
    73425007: 'inactive',
    413322009: 'resolved',
    246455001: 'recurrence',
    263855007: 'relapse',
    277022003: 'remission',
  },
};

/** What kind of allergy a value says (SNOMED CT), and what it means when it is negated without a substance. */
const ALLERGIES: Readonly<Record<string, { type?: string; category?: string; none?: readonly [string, string] }>> = {
  419199007: { type: 'allergy', none: ['716186003', 'No known allergy'] },
  416098002: { type: 'allergy', category: 'medication', none: ['409137002', 'No known drug allergy'] },
  414285001: { type: 'allergy', category: 'food', none: ['429625007', 'No known food allergy'] },
  426232007: { type: 'allergy', category: 'environment', none: ['428607008', 'No known environmental allergy'] },
  59037007: { type: 'intolerance', category: 'medication' },
  235719002: { type: 'intolerance', category: 'food' },
  420134006: { none: ['716186003', 'No known allergy'] },
  418038007: { none: ['716186003', 'No known allergy'] },
  419511003: { category: 'medication', none: ['409137002', 'No known drug allergy'] },
  418471000: { category: 'food', none: ['429625007', 'No known food allergy'] },
};
const SEVERITY: Readonly<Record<string, string>> = { 255604002: 'mild', 6736007: 'moderate', 24484000: 'severe' };
const CRITICALITY: Readonly<Record<string, string>> = { CRITL: 'low', CRITH: 'high', CRITU: 'unable-to-assess' };

/** An allergy concern with its observations. */
export function allergiesOf(reading: Reading, concern: XmlElement): void {
  for (const observation of related(concern, 'observation')) {
    const substance = observation
      .all('participant')
      .filter((one) => one.at('typeCode') === 'CSM')
      .flatMap((one) => one.all('participantRole', 'playingEntity', 'code'))[0];
    const kind = ALLERGIES[valueCode(observation)] ?? {};
    const negated = isNegated(observation);
    const specific = cd(substance);
    const none = kind.none ?? ['716186003', 'No known allergy'];
    const code = specific ?? (negated ? { coding: [{ system: SNOMED, code: none[0], display: none[1] }] } : undefined);
    if (code === undefined) {
      reading.unmapped.push({ section: 'allergies', reason: 'the substance is not said' });
      continue;
    }
    const time = observation.first('effectiveTime');
    const { at, start } = ivl(reading, time);
    const isRefuted = negated && specific !== undefined;
    const key = keyOf(reading, 'AllergyIntolerance', observation, ['allergy', ...aboutOf(substance, time)]);
    const resource = compact({
      resourceType: 'AllergyIntolerance',
      identifier: [key],
      clinicalStatus: status(
        'allergyintolerance-clinical',
        clinicalOf(concern, observation, isRefuted ? 'inactive' : null),
      ),
      verificationStatus: status('allergyintolerance-verification', isRefuted ? 'refuted' : 'confirmed'),
      type: kind.type,
      category: kind.category === undefined ? [] : [kind.category],
      criticality: CRITICALITY[coded(observation, '82606-5')],
      code,
      patient: { reference: PATIENT },
      onsetDateTime: at ?? start,
      recordedDate: ts(reading, observation.first('author', 'time')) ?? ts(reading, concern.first('author', 'time')),
      reaction: related(observation, 'observation', 'MFST').flatMap((reaction) => {
        const manifestation = cd(reaction.first('value'));
        if (manifestation === undefined) return [];
        return [compact({ manifestation: [manifestation], severity: SEVERITY[coded(reaction, 'SEV')] })];
      }),
    });
    reading.drafts.add({ resource, key, write: 'put' });
  }
}

/** A problem concern with its observations. */
export function problemsOf(reading: Reading, concern: XmlElement): void {
  for (const observation of related(concern, 'observation', 'SUBJ')) {
    const value = observation.first('value');
    const negated = isNegated(observation);
    // "Problem" itself, negated: there is none that is known.
    const isNone = negated && /^(?:55607006|404684003|)$/.test(valueCode(observation));
    const code = isNone
      ? { coding: [{ system: SNOMED, code: '160245001', display: 'No current problems or disability' }] }
      : cd(value);
    if (code === undefined) {
      reading.unmapped.push({ section: 'problems', reason: 'the problem is not said' });
      continue;
    }
    const time = observation.first('effectiveTime');
    const { at, start, end } = ivl(reading, time);
    const isRefuted = negated && !isNone;
    const key = keyOf(reading, 'Condition', observation, ['problem', ...aboutOf(value, time)]);
    const resource = compact({
      resourceType: 'Condition',
      identifier: [key],
      clinicalStatus: status(
        'condition-clinical',
        clinicalOf(concern, observation, end !== undefined ? 'resolved' : isRefuted ? 'inactive' : null),
      ),
      verificationStatus: status('condition-ver-status', isRefuted ? 'refuted' : 'confirmed'),
      category: [{ coding: [{ system: `${CODE}condition-category`, code: 'problem-list-item' }] }],
      code,
      bodySite: [cd(observation.first('targetSiteCode'))].filter((one) => one !== undefined),
      subject: { reference: PATIENT },
      onsetDateTime: at ?? start,
      abatementDateTime: end,
      recordedDate: ts(reading, observation.first('author', 'time')) ?? ts(reading, concern.first('author', 'time')),
    });
    reading.drafts.add({ resource, key, write: 'put' });
  }
}

function status(system: string, code: string): object {
  return { coding: [{ system: `${CODE}${system}`, code }] };
}

/** By the time that it ended, by a status observation, by the concern: what is no concern any more is inactive. */
function clinicalOf(concern: XmlElement, observation: XmlElement, certain: string | null): string {
  const said = CLINICAL[coded(observation, '33999-4')];
  if (certain === 'resolved' && said !== undefined && said !== 'active' && said !== 'recurrence' && said !== 'relapse')
    return said;
  return certain ?? said ?? (concern.first('statusCode')?.at('code') === 'completed' ? 'inactive' : 'active');
}

/** Code of the value of a related observation with this code. */
function coded(element: XmlElement, code: string): string {
  const found = related(element, 'observation').find((one) => one.first('code')?.at('code') === code);
  return found === undefined ? '' : valueCode(found);
}

function valueCode(observation: XmlElement): string {
  const value = observation.first('value');
  return value === undefined ? '' : (codingOf(value)?.code ?? '');
}
