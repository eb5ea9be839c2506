import { named, PROBES, type Probe, versionOf } from './records.fixture.ts';

/** What a path is asked through. */
export interface Caller {
  /** Sends to `/fhir/R4` (or `/api/v1` for a path that begins so). */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; text: string }>;
  /** The patient whom the probes of one patient are about. */
  readonly patient: 'maria' | 'john';
}

/** A way by which something could come out: what it released, of what there was to release on it. */
export interface ReadPath {
  readonly name: string;
  /** What the oracle is asked about, and what stands for each in the result. */
  readonly universe: readonly Probe[];
  readonly label: (one: Probe) => string;
  readonly released: (caller: Caller) => Promise<readonly string[]>;
  /** Whether it needs the Patient itself to be visible. */
  readonly throughPatient?: boolean;
}

const CURRENT = PROBES.filter(({ old }) => !old);
const TYPES = [...new Set(PROBES.map(({ type }) => type))];
const of = (...types: string[]) => CURRENT.filter(({ type }) => types.includes(type));

type Json = { readonly [key: string]: unknown };
interface Bundle {
  readonly total?: number;
  readonly entry?: readonly {
    readonly resource?: Json;
    readonly request?: { url: string; method: string };
    readonly response?: { etag?: string };
  }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

const known = new Set(CURRENT.map(named));
const refsIn = (bundle: Bundle): string[] =>
  (bundle.entry ?? [])
    .flatMap(({ resource }) => (resource ? [`${resource.resourceType}/${resource.id}`] : []))
    .filter((one) => known.has(one));

async function bundle(
  caller: Caller,
  path: string,
  method = 'GET',
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Bundle> {
  const { status, text } = await caller.send(method, path, body, headers);
  return status === 200 ? (JSON.parse(text) as Bundle) : {};
}

async function pages(caller: Caller, path: string): Promise<Bundle[]> {
  const all: Bundle[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page: Bundle = await bundle(caller, next);
    all.push(page);
    next = page.link?.find(({ relation }) => relation === 'next')?.url.replace(/^.*\/fhir\/R4/, '');
  }
  return all;
}

const perType = async (ask: (type: string) => Promise<string[]>): Promise<string[]> =>
  (await Promise.all(TYPES.map(ask))).flat();

/** Asks something about each record, and takes it for released when the answer says so. */
const perRecord = async (
  universe: readonly Probe[],
  label: (one: Probe) => string,
  isTold: (one: Probe) => Promise<boolean>,
): Promise<string[]> => {
  const told = await Promise.all(universe.map(isTold));
  return universe.filter((_, at) => told[at]).map(label);
};

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export const READ_PATHS: readonly ReadPath[] = [
  {
    ...{ name: 'read', universe: CURRENT, label: named },
    released: (caller) =>
      perRecord(
        CURRENT,
        named,
        async (one) =>
          (await caller.send('GET', `/${named(one)}`, undefined, { accept: 'application/fhir+json' })).status === 200,
      ),
  },
  {
    ...{ name: 'vread', universe: PROBES, label: versionOf },
    released: (caller) =>
      perRecord(
        PROBES,
        versionOf,
        async (one) =>
          (await caller.send('GET', `/${versionOf(one)}`, undefined, { accept: 'application/fhir+json' })).status ===
          200,
      ),
  },
  {
    ...{ name: 'history of a record', universe: PROBES, label: versionOf },
    released: async (caller) => {
      const all = await Promise.all(
        CURRENT.map(async (one) => {
          const { entry = [] } = await bundle(caller, `/${named(one)}/_history`);
          return entry.map(({ response }) => `${named(one)}/_history/${/\d+/.exec(response?.etag ?? '')?.[0]}`);
        }),
      );
      return all.flat();
    },
  },
  {
    ...{ name: 'history of a type', universe: PROBES, label: versionOf },
    released: (caller) => perType(async (type) => versionsIn(await pages(caller, `/${type}/_history?_count=3`))),
  },
  {
    ...{ name: 'history of everything', universe: PROBES, label: versionOf },
    released: async (caller) => versionsIn(await pages(caller, '/_history?_count=7')),
  },
  {
    ...{ name: 'search', universe: CURRENT, label: named },
    released: (caller) => perType(async (type) => refsIn(await bundle(caller, `/${type}?_count=200`))),
  },
  {
    ...{ name: 'search by POST', universe: CURRENT, label: named },
    released: (caller) =>
      perType(async (type) => refsIn(await bundle(caller, `/${type}/_search`, 'POST', '_count=200', FORM))),
  },
  {
    ...{ name: 'search of everything', universe: CURRENT, label: named },
    released: async (caller) => refsIn(await bundle(caller, '/?_count=200')),
  },
  {
    ...{ name: 'pages of two, sorted', universe: CURRENT, label: named },
    released: (caller) =>
      perType(async (type) => (await pages(caller, `/${type}?_count=2&_sort=-_lastUpdated`)).flatMap(refsIn)),
  },
  {
    ...{ name: 'search by each code', universe: of('Observation', 'Condition'), label: named },
    released: (caller) =>
      perRecord(
        of('Observation', 'Condition'),
        named,
        async (one) => refsIn(await bundle(caller, `/${one.type}?code=${one.code}&_id=${one.id}`)).length > 0,
      ),
  },
  {
    ...{ name: 'counts by _summary=count', universe: CURRENT, label: named },
    released: (caller) =>
      perRecord(
        CURRENT,
        named,
        async (one) => ((await bundle(caller, `/${one.type}?_id=${one.id}&_summary=count`)).total ?? 0) > 0,
      ),
  },
  {
    ...{ name: 'accurate totals', universe: CURRENT, label: named },
    released: (caller) =>
      perRecord(
        CURRENT,
        named,
        async (one) => ((await bundle(caller, `/${one.type}?_id=${one.id}&_total=accurate&_count=0`)).total ?? 0) > 0,
      ),
  },
  {
    ...{ name: '_has', universe: of('Observation', 'Condition'), label: named, throughPatient: true },
    released: (caller) =>
      perRecord(
        of('Observation', 'Condition'),
        named,
        async (one) =>
          ((await bundle(caller, `/Patient?_has:${one.type}:patient:_id=${one.id}&_summary=count`)).total ?? 0) > 0,
      ),
  },
  {
    ...{ name: 'chain', universe: of('Observation', 'Condition'), label: named, throughPatient: true },
    released: (caller) =>
      perRecord(
        of('Observation', 'Condition'),
        named,
        async (one) =>
          ((await bundle(caller, `/${one.type}?_id=${one.id}&subject:Patient.family=Probe,Other&_summary=count`))
            .total ?? 0) > 0,
      ),
  },
  {
    ...{
      name: '_revinclude and iterate',
      universe: CURRENT.filter(({ patient, type }) => patient === 'maria' && type !== 'Binary'),
      label: named,
      throughPatient: true,
    },
    released: async (caller) =>
      refsIn(await bundle(caller, '/Patient?_id=maria&_revinclude=*&_revinclude:iterate=*')).filter((one) =>
        hers.has(one),
      ),
  },
  {
    ...{ name: '_include', universe: of('Observation').filter(({ id }) => id === 'hiv'), label: named },
    released: async (caller) =>
      refsIn(await bundle(caller, '/Observation?_id=pressure&_include=*&_include:iterate=*')).filter(
        (one) => one === 'Observation/hiv',
      ),
  },
  {
    ...{ name: '$everything', universe: CURRENT.filter(({ patient }) => patient === 'maria'), label: named },
    released: async (caller) =>
      (await pages(caller, '/Patient/maria/$everything?_count=3')).flatMap(refsIn).filter((one) => hers.has(one)),
  },
  {
    ...{ name: '$lastn', universe: of('Observation').filter(({ patient }) => patient === 'maria'), label: named },
    released: async (caller) => refsIn(await bundle(caller, '/Observation/$lastn?patient=maria&max=99')),
  },
  {
    ...{ name: '$meta of a record', universe: CURRENT, label: named },
    released: (caller) =>
      perRecord(CURRENT, named, async (one) => (await caller.send('GET', `/${named(one)}/$meta`)).status === 200),
  },
  {
    ...{
      name: 'compartment',
      universe: of('Observation', 'Condition', 'MedicationRequest').filter(({ patient }) => patient === 'maria'),
      label: named,
    },
    released: (caller) =>
      perType(async (type) =>
        ['Observation', 'Condition', 'MedicationRequest'].includes(type)
          ? refsIn(await bundle(caller, `/Patient/maria/${type}?_count=200`))
          : [],
      ),
  },
  {
    ...{ name: 'proofs', universe: PROBES, label: versionOf },
    released: (caller) =>
      perRecord(
        PROBES,
        versionOf,
        async (one) =>
          (await caller.send('GET', `/api/v1/proofs/records/${one.type}/${one.id}/${one.version}`)).status === 200,
      ),
  },
  {
    ...{ name: 'many proofs', universe: PROBES, label: versionOf },
    released: async (caller) => {
      const { text } = await caller.send('POST', '/api/v1/proofs/records', { references: PROBES.map(versionOf) });
      const { proofs = [] } = JSON.parse(text) as { proofs?: unknown[] };
      return PROBES.flatMap((one, at) => (proofs[at] ? [versionOf(one)] : []));
    },
  },
  {
    ...{ name: 'batch', universe: CURRENT, label: named },
    released: async (caller) => {
      const entry = CURRENT.map((one) => ({ request: { method: 'GET', url: named(one) } }));
      return refsIn(await bundle(caller, '/', 'POST', { resourceType: 'Bundle', type: 'batch', entry }));
    },
  },
  {
    ...{ name: '$export', universe: CURRENT, label: named },
    async released(caller) {
      const begun = await caller.send('GET', '/$export', undefined, { prefer: 'respond-async' });
      if (begun.status !== 202) return [];
      const status = begun.text;
      for (let polls = 0; ; polls++) {
        const answer = await caller.send('GET', status);
        if (polls > 2_000) throw new Error('the export does not end');
        if (answer.status === 202) continue;
        if (answer.status !== 200) return [];
        const { output } = JSON.parse(answer.text) as { output: { url: string }[] };
        const found: string[] = [];
        for (const { url } of output) {
          const { text } = await caller.send('GET', url.replace(/^.*\/fhir\/R4/, ''));
          for (const line of text.split('\n').filter((one) => one !== '')) {
            const { resourceType, id } = JSON.parse(line) as { resourceType: string; id: string };
            found.push(`${resourceType}/${id}`);
          }
        }
        return found.filter((one) => known.has(one));
      }
    },
  },
];

const hers = new Set(CURRENT.filter(({ patient }) => patient === 'maria').map(named));

function versionsIn(all: readonly Bundle[]): string[] {
  return all
    .flatMap(({ entry = [] }) => entry)
    .flatMap(({ resource, response }) =>
      resource ? [`${resource.resourceType}/${resource.id}/_history/${/\d+/.exec(response?.etag ?? '')?.[0]}`] : [],
    )
    .filter((one) => known.has(one.replace(/\/_history.*/, '')));
}
