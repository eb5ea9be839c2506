import { literalsOf, numberText } from '@anamnesis/protocol';
import type { Resource } from '@anamnesis/sdk';

/** A part of a FHIR resource of which nothing is known: it came from somebody else's system. */
export type Part = Readonly<Record<string, unknown>>;

export function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of parts; of anything else none. */
export function parts(value: unknown): readonly Part[] {
  return Array.isArray(value) ? value.filter(isPart) : isPart(value) ? [value] : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** A CodeableConcept as people read it: its text, else the display of a code, else the code. */
export function conceptText(value: unknown): string | undefined {
  const [concept] = parts(value);
  if (concept === undefined) return undefined;
  const codings = parts(concept.coding);
  const named = codings.map(({ display }) => textOf(display)).find((display) => display !== undefined);
  return textOf(concept.text) ?? named ?? codings.map(({ code }) => textOf(code)).find((code) => code !== undefined);
}

/** The codes of a concept as `system|code`. */
export function codesOf(value: unknown): readonly string[] {
  return parts(value).flatMap((concept) =>
    parts(concept.coding).map(({ system, code }) => `${textOf(system) ?? ''}|${textOf(code) ?? ''}`),
  );
}

/** A number of a part as it was written: 1.50 keeps its nought (FHIR R4 datatypes.html#decimal). */
export function numberIn(part: Part, key: string): string | undefined {
  const value = part[key];
  return typeof value === 'number' ? numberText(literalsOf(part), key, value) : undefined;
}

/** A Quantity: `< 5.0 mmol/L`. */
export function quantityText(part: Part): string | undefined {
  const value = numberIn(part, 'value');
  if (value === undefined) return undefined;
  return [textOf(part.comparator), value, textOf(part.unit) ?? textOf(part.code)].filter(Boolean).join(' ');
}

/** The display of a reference, or of the first of several. */
export function referenceText(value: unknown): string | undefined {
  return parts(value)
    .map(
      (reference) =>
        textOf(reference.display) ?? (isPart(reference.actor) ? textOf(reference.actor.display) : undefined),
    )
    .find((display) => display !== undefined);
}

const MOMENTS = [
  ...['effectiveDateTime', 'performedDateTime', 'occurrenceDateTime', 'onsetDateTime', 'authoredOn', 'whenHandedOver'],
  ...['date', 'recordedDate', 'issued', 'created'],
];
const PERIODS = ['period', 'effectivePeriod', 'performedPeriod', 'onsetPeriod'];

/** When the care took place, as the record says it (`2021-01`, `2021-01-13T11:15:00Z`), else when it was written here. */
export function whenOf(resource: Resource): string {
  for (const name of PERIODS) {
    const period = resource[name];
    const start = isPart(period) ? textOf(period.start) : undefined;
    if (start !== undefined) return start;
  }
  for (const name of MOMENTS) {
    const moment = textOf(resource[name]);
    if (moment !== undefined) return moment;
  }
  return resource.meta?.lastUpdated ?? '';
}

/** A FHIR date of any precision in words. An unreadable one stays as it is. */
export function dateText(moment: string, language: string, { time = false } = {}): string {
  const [, year, month, day] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?/.exec(moment) ?? [];
  const at = new Date(day === undefined ? `${year}-${month ?? '01'}-${day ?? '01'}T00:00:00Z` : moment);
  if (year === undefined || Number.isNaN(at.getTime())) return moment;
  const whole = moment.includes('T');
  return formatOf(language, {
    year: 'numeric',
    ...(month !== undefined && { month: 'short' }),
    ...(day !== undefined && { day: 'numeric' }),
    ...(time && whole && { hour: '2-digit', minute: '2-digit' }),
    // A day without a time is the same day everywhere.
    ...(!whole && { timeZone: 'UTC' }),
  }).format(at);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Kept: to make one takes longer than everything else about an item of a list. */
function formatOf(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${Object.entries(options).join(' ')}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, format);
  return format;
}

/** The most telling line of a record besides its title: a value, a dose, a conclusion. */
export function detailOf(resource: Resource): string | undefined {
  const components = parts(resource.component).flatMap((component) => valueText(component) ?? []);
  const dose = parts(resource.dosageInstruction).map(({ text }) => textOf(text));
  const reactions = parts(resource.reaction).map(({ manifestation }) => conceptText(manifestation));
  return (
    valueText(resource) ??
    (components.length > 0 ? components.join(' · ') : undefined) ??
    dose.find((text) => text !== undefined) ??
    reactions.find((text) => text !== undefined) ??
    textOf(resource.conclusion) ??
    billText(resource)
  );
}

/** What a bill asks for, or what was decided about it and paid. */
function billText({ resourceType, total, disposition, payment }: Resource): string | undefined {
  if (resourceType === 'Claim') return isPart(total) ? moneyText(total) : undefined;
  const paid = isPart(payment) && isPart(payment.amount) ? moneyText(payment.amount) : undefined;
  return [textOf(disposition), paid].filter(Boolean).join(' · ') || undefined;
}

/** A Money as it was written: `96 GBP`. */
function moneyText(part: Part): string | undefined {
  return [numberIn(part, 'value'), textOf(part.currency)].filter(Boolean).join(' ') || undefined;
}

/** The value of an Observation or of one of its components. */
export function valueText(part: Part): string | undefined {
  if (isPart(part.valueQuantity)) return quantityText(part.valueQuantity);
  if (part.valueCodeableConcept !== undefined) return conceptText(part.valueCodeableConcept);
  return textOf(part.valueString) ?? numberIn(part, 'valueInteger') ?? textOf(part.valueDateTime);
}

/** Who made it: the first name that it gives, person before organisation. */
export function authorOf(resource: Resource): string | undefined {
  for (const name of ['performer', 'author', 'requester', 'recorder', 'asserter', 'participant']) {
    const value = parts(resource[name]).map((one) => (isPart(one.individual) ? one.individual : one));
    const found = referenceText(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The plain text of a document that carries itself; of another type or unreadable: nothing. It is shown as text only, never as markup. */
export function documentText(resource: Resource): string | undefined {
  for (const { attachment } of parts(resource.content)) {
    if (!isPart(attachment) || !textOf(attachment.contentType)?.startsWith('text/plain')) continue;
    const base64 = textOf(attachment.data);
    if (base64 === undefined) continue;
    try {
      return new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
    } catch {
      return undefined;
    }
  }
  return undefined;
}
