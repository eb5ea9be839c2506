/** What can be subscribed to by a topic (https://hl7.org/fhir/uv/subscriptions-backport/components.html#subscription-topics). */
export interface Topic {
  /** Canonical of the SubscriptionTopic. */
  readonly url: string;
  readonly title: string;
  /** Types whose creation, change and deletion it tells; null: those that the subscription's filters name. */
  readonly types: readonly string[] | null;
}

const BASE = 'https://anamnesis.example/SubscriptionTopic';

/** The topics of every node. R4 has no resource for them: the CapabilityStatement names their canonicals. */
export const TOPICS: readonly Topic[] = [
  { url: `${BASE}/record-changed`, title: 'A record was created, changed or deleted', types: null },
  { url: `${BASE}/new-result`, title: 'A result came in or was changed', types: ['Observation', 'DiagnosticReport'] },
  { url: `${BASE}/encounter-changed`, title: 'An encounter began, changed or ended', types: ['Encounter'] },
  {
    url: `${BASE}/medication-changed`,
    title: 'A medication was ordered, dispensed or given',
    types: ['MedicationRequest', 'MedicationDispense', 'MedicationAdministration', 'MedicationStatement'],
  },
  { url: `${BASE}/document-added`, title: 'A document was added or changed', types: ['DocumentReference'] },
];

/** The topic of a canonical; `|version` is not looked at. */
export function topicOf(canonical: string): Topic | undefined {
  const [url] = canonical.split('|');
  return TOPICS.find((topic) => topic.url === url);
}
