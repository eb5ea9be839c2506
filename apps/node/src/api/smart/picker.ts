import { OutcomeError } from '@anamnesis/protocol';
import { directed } from '../../modules/consent/index.ts';
import { openRecords } from '../../modules/records/index.ts';
import { type App, pickerAuthority, type SmartContext, type User } from '../../modules/smart/index.ts';
import type { PickedEncounter, PickedPatient } from './pages.ts';

/** What the pages show of records: read as the user, and in the access log with her name and the app's. */
export interface Picker {
  /** Null when there is none whom the user may see. */
  patient(id: string): Promise<PickedPatient | null>;
  find(search: { readonly name: string; readonly birthDate: string }): Promise<PickedPatient[]>;
  encounters(patient: string): Promise<PickedEncounter[]>;
}

type Json = Readonly<Record<string, unknown>>;

/** Opens the picker for one request. */
export function openPicker(smart: SmartContext, user: User, app: App, requestId: string): Picker {
  const reader = directed(smart.context, pickerAuthority(smart, user, app, requestId)).then((authority) =>
    openRecords(smart.context, authority),
  );
  const found = async (type: string, query: URLSearchParams): Promise<Json[]> => {
    const { entry } = await (await reader).search(type, query.toString());
    return entry.flatMap(({ resource }) => (resource?.resourceType === type ? [resource as Json] : []));
  };
  return {
    async patient(id) {
      try {
        return patientOf((await (await reader).read('Patient', id)) as Json);
      } catch (error) {
        if (error instanceof OutcomeError && error.status < 500) return null;
        throw error;
      }
    },
    async find({ name, birthDate }) {
      const query = new URLSearchParams({ _count: '20' });
      for (const word of name
        .split(/\s+/)
        .filter((part) => part !== '')
        .slice(0, 4))
        query.append('name', escaped(word));
      if (/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) query.set('birthdate', birthDate);
      if ([...query.keys()].length === 1) return [];
      return (await found('Patient', query)).map(patientOf);
    },
    async encounters(patient) {
      const query = new URLSearchParams({ patient: `Patient/${patient}`, _sort: '-date', _count: '10' });
      return (await found('Encounter', query)).map((encounter) => ({
        id: String(encounter.id),
        label: labelOf(encounter),
      }));
    },
  };
}

/** A value in which comma, bar and dollar stand for themselves. */
function escaped(value: string): string {
  return value.slice(0, 100).replace(/[\\,|$]/g, '\\$&');
}

function patientOf(patient: Json): PickedPatient {
  const [name] = (patient.name ?? []) as { text?: string; given?: string[]; family?: string }[];
  const spoken = name?.text ?? [...(name?.given ?? []), name?.family ?? ''].join(' ').trim();
  return {
    id: String(patient.id),
    name: spoken === '' ? 'Name not recorded' : spoken,
    birthDate: typeof patient.birthDate === 'string' ? patient.birthDate : '',
  };
}

function labelOf({ period, type }: Json): string {
  const { start = '' } = (period ?? {}) as { start?: string };
  const [kind] = (type ?? []) as { text?: string; coding?: { display?: string }[] }[];
  const what = kind?.text ?? kind?.coding?.[0]?.display ?? 'Visit';
  return start === '' ? what : `${what}, ${start.slice(0, 10)}`;
}
