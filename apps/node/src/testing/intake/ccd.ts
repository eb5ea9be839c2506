/** A continuity-of-care document about Maria as another hospital's system writes it. Everybody in it is invented. */
export interface CcdOptions {
  readonly id?: string;
  readonly version?: string;
  readonly effectiveTime?: string;
  readonly replaces?: string;
  /** Of the patient at St. Aldhelm. */
  readonly mrn?: string;
  /** Sections in place of the usual ones. */
  readonly sections?: string;
}

export const DOCUMENT_ROOT = '2.16.840.1.113883.19.77.1';

export function ccd({
  id = 'CCD-1',
  version = '1',
  effectiveTime = '20261110093000+0100',
  replaces,
  mrn = '70012',
  sections = SECTIONS,
}: CcdOptions = {}): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="CDA.xsl"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="US"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/>
  <id root="${DOCUMENT_ROOT}" extension="${id}"/>
  <code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Summarization of Episode Note"/>
  <title>Continuity of Care</title>
  <effectiveTime value="${effectiveTime}"/>
  <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
  <setId root="${DOCUMENT_ROOT}.2" extension="SET-MARIA"/>
  <versionNumber value="${version}"/>
  <recordTarget><patientRole>
    <id root="2.16.840.1.113883.19.5" extension="${mrn}"/>
    <id root="2.16.840.1.113883.19.77" extension="LUZ-31"/>
    <addr use="HP"><streetAddressLine>12 Abbey Lane</streetAddressLine><city>Sherborne</city></addr>
    <telecom use="HP" value="tel:+44-1935-555014"/>
    <patient>
      <name use="L"><given>Maria</given><given>Inês</given><family>Costa</family></name>
      <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>
      <birthTime value="19800501"/>
      <languageCommunication><languageCode code="pt-PT"/></languageCommunication>
    </patient>
  </patientRole></recordTarget>
  <author><time value="${effectiveTime}"/><assignedAuthor>
    <id root="2.16.840.1.113883.19.77.9" extension="silva"/>
    <assignedPerson><name><given>Inês</given><family>Silva</family><prefix>Dr</prefix></name></assignedPerson>
  </assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization>
    <id root="2.16.840.1.113883.19.77"/><name>Hospital da Luz Nova</name>
  </representedCustodianOrganization></assignedCustodian></custodian>
  ${replaces === undefined ? '' : `<relatedDocument typeCode="RPLC"><parentDocument><id root="${DOCUMENT_ROOT}" extension="${replaces}"/></parentDocument></relatedDocument>`}
  <component><structuredBody>${sections}</structuredBody></component>
</ClinicalDocument>`;
}

/** One section with its narrative, which nobody here trusts. */
export function section(code: string, entries: string): string {
  return `<component><section>
    <code code="${code}" codeSystem="2.16.840.1.113883.6.1"/><title>Section</title>
    <text><table><tr><td>SNOMED 999999 narrative only <content ID="n1">narrated</content></td></tr></table></text>
    ${entries}
  </section></component>`;
}

const ROOT = '2.16.840.1.113883.19.77.3';
const SNOMED = 'codeSystem="2.16.840.1.113883.6.96"';
const LOINC = 'codeSystem="2.16.840.1.113883.6.1"';
const RXNORM = 'codeSystem="2.16.840.1.113883.6.88"';

export function allergy(
  id: string,
  value: string,
  substance: string,
  options: { negated?: boolean; more?: string } = {},
): string {
  return `<entry typeCode="DRIV"><act classCode="ACT" moodCode="EVN">
    <templateId root="2.16.840.1.113883.10.20.22.4.30"/><id root="${ROOT}" extension="act-${id}"/>
    <code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
    <entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" ${options.negated ? 'negationInd="true"' : ''}>
      <templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="${ROOT}" extension="${id}"/>
      <code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
      <effectiveTime><low value="2009"/></effectiveTime>
      <value xsi:type="CD" code="${value}" ${SNOMED}/>
      <participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">${substance}</playingEntity></participantRole></participant>
      ${options.more ?? ''}
    </observation></entryRelationship>
  </act></entry>`;
}

export function problem(
  id: string,
  value: string,
  options: { negated?: boolean; high?: string; status?: string } = {},
): string {
  return `<entry typeCode="DRIV"><act classCode="ACT" moodCode="EVN">
    <templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="${ROOT}" extension="act-${id}"/>
    <code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="${options.status ?? 'active'}"/>
    <entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" ${options.negated ? 'negationInd="true"' : ''}>
      <templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="${ROOT}" extension="${id}"/>
      <code code="55607006" ${SNOMED}/><statusCode code="completed"/>
      <effectiveTime><low value="20150301"/>${options.high ? `<high value="${options.high}"/>` : ''}</effectiveTime>
      ${value}
    </observation></entryRelationship>
  </act></entry>`;
}

const reaction = `<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN">
  <id root="${ROOT}" extension="r1"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
  <value xsi:type="CD" code="247472004" ${SNOMED} displayName="Hives"/>
  <entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><code code="SEV" codeSystem="2.16.840.1.113883.5.4"/>
    <value xsi:type="CD" code="6736007" ${SNOMED}/></observation></entryRelationship>
</observation></entryRelationship>`;

const medication = (
  id: string,
  mood: string,
  status: string,
  more = '',
): string => `<entry><substanceAdministration classCode="SBADM" moodCode="${mood}" ${more}>
  <templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="${ROOT}" extension="${id}"/><statusCode code="${status}"/>
  <effectiveTime xsi:type="IVL_TS"><low value="20260101"/><high nullFlavor="UNK"/></effectiveTime>
  <effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime>
  <routeCode code="C38288" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="ORAL"/><doseQuantity value="1.50" unit="mg"/>
  <consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial>
    <code code="197361" ${RXNORM} displayName="Amlodipine 5 MG Oral Tablet"><translation code="C08CA01" codeSystem="2.16.840.1.113883.6.73"/></code>
  </manufacturedMaterial></manufacturedProduct></consumable>
</substanceAdministration></entry>`;

const immunization = (
  id: string,
  code: string,
  more = '',
  reason = '',
): string => `<entry><substanceAdministration classCode="SBADM" moodCode="EVN" ${more}>
  <templateId root="2.16.840.1.113883.10.20.22.4.52"/><id root="${ROOT}" extension="${id}"/><statusCode code="completed"/><effectiveTime value="20251001"/>
  <consumable><manufacturedProduct><manufacturedMaterial><code code="${code}" codeSystem="2.16.840.1.113883.12.292"/><lotNumberText>L77</lotNumberText></manufacturedMaterial></manufacturedProduct></consumable>${reason}
</substanceAdministration></entry>`;

const refusal = `<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.53"/>
  <code code="PATOBJ" codeSystem="2.16.840.1.113883.5.8"/></observation></entryRelationship>`;

const observation = (
  id: string,
  code: string,
  value: string,
  more = '',
): string => `<observation classCode="OBS" moodCode="EVN">
  <id ${id}/><code code="${code}" ${LOINC}/><statusCode code="completed"/><effectiveTime value="20261101080000+0000"/>${value}${more}</observation>`;

const organizer = (
  parts: readonly string[],
): string => `<entry typeCode="DRIV"><organizer classCode="BATTERY" moodCode="EVN">
  <id root="${ROOT}" extension="battery"/><code code="24323-8" ${LOINC}/><statusCode code="completed"/>
  ${parts.map((part) => `<component>${part}</component>`).join('')}</organizer></entry>`;

const range = `<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="3.5" unit="mmol/L"/><high value="5.1" unit="mmol/L"/></value></observationRange></referenceRange>`;

export const SECTIONS = [
  section(
    '48765-2',
    [
      allergy('a1', '416098002', `<code code="7980" ${RXNORM} displayName="Penicillin G"/>`, { more: reaction }),
      allergy('a2', '414285001', '<code nullFlavor="NA"/>', { negated: true }),
      allergy('a3', '416098002', `<code code="1191" ${RXNORM} displayName="Aspirin"/>`, { negated: true }),
      allergy('a4', '419199007', '<code nullFlavor="UNK"/>'),
    ].join(''),
  ),
  section(
    '11450-4',
    [
      problem(
        'p1',
        `<value xsi:type="CD" code="38341003" ${SNOMED} displayName="Hypertension"><translation code="I10" codeSystem="2.16.840.1.113883.6.90"/></value>`,
      ),
      problem('p2', `<value xsi:type="CD" code="233604007" ${SNOMED} displayName="Pneumonia"/>`, {
        high: '20150420',
        status: 'completed',
      }),
      problem('p3', `<value xsi:type="CD" code="73211009" ${SNOMED} displayName="Diabetes mellitus"/>`, {
        negated: true,
      }),
      problem(
        'p4',
        '<value xsi:type="CD" nullFlavor="UNK"><originalText><reference value="#n1"/></originalText></value>',
      ),
    ].join(''),
  ),
  section(
    '10160-0',
    medication('m1', 'EVN', 'active') +
      medication('m2', 'INT', 'active') +
      medication('m3', 'EVN', 'completed', 'negationInd="true"'),
  ),
  section('11369-6', immunization('i1', '140') + immunization('i2', '33', 'negationInd="true"', refusal)),
  section(
    '47519-4',
    `<entry><procedure classCode="PROC" moodCode="EVN"><id root="${ROOT}" extension="s1"/>
    <code code="80146002" ${SNOMED} displayName="Appendectomy"/><statusCode code="completed"/><effectiveTime value="19990612"/></procedure></entry>`,
  ),
  section(
    '30954-2',
    organizer([
      observation(
        `root="${ROOT}" extension="o1"`,
        '2823-3',
        '<value xsi:type="PQ" value="4.10" unit="mmol/L"/>',
        `<interpretationCode code="N" codeSystem="2.16.840.1.113883.5.83"/>${range}`,
      ),
      observation(`root="${ROOT}" extension="o2"`, '2951-2', '<value xsi:type="PQ" nullFlavor="ASKU"/>'),
      // A maker that gives every component the number of the first.
      observation(
        `root="${ROOT}" extension="o1"`,
        '33914-3',
        '<value xsi:type="IVL_PQ"><low value="90" unit="mL/min/{1.73_m2}" inclusive="false"/></value>',
      ),
    ]),
  ),
  section(
    '8716-3',
    organizer([observation('nullFlavor="UNK"', '8480-6', '<value xsi:type="PQ" value="138" unit="mm[Hg]"/>')]),
  ),
  section(
    '29762-2',
    `<entry>${observation(`root="${ROOT}" extension="t1"`, '72166-2', `<value xsi:type="CD" code="8517006" ${SNOMED} displayName="Former smoker"/>`)}</entry>`,
  ),
  section(
    '46240-8',
    `<entry><encounter classCode="ENC" moodCode="EVN"><id root="${ROOT}" extension="e1"/>
    <code code="99213" codeSystem="2.16.840.1.113883.6.12"><translation code="AMB" codeSystem="2.16.840.1.113883.5.4"/></code><effectiveTime value="20261101"/></encounter></entry>`,
  ),
].join('');
