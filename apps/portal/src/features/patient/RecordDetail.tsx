import type { Resource } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { originOf } from '../../chart/origin.ts';
import { resultsOf } from '../../chart/result.ts';
import { authorOf, conceptText, dateText, detailOf, documentText, parts, textOf, whenOf } from '../../chart/text.ts';
import { encounterOf, visitsOf } from '../../chart/visits.ts';
import { titleOf } from '../../chart/words.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Origin } from '../../ui/Origin.tsx';
import { ProofDrawer } from '../../ui/ProofDrawer.tsx';
import { ResultLine } from '../../ui/ResultLine.tsx';
import { Seal } from '../../ui/Seal.tsx';
import { PlaceNotes } from '../places/PlaceNotes.tsx';
import type { Place } from '../places/places.ts';
import { useWhole } from '../places/usePlaces.ts';
import styles from './patient.module.css';
import { isCorrected, whereOf } from './VisitItem.tsx';

/** One record, whole: what it says, who wrote it where, what it said before, and its proof. */
export default function RecordDetail() {
  const { at } = useSearch({ strict: false }) as { at?: number };
  return at === undefined ? <AtHome /> : <Elsewhere at={at} />;
}

function AtHome() {
  const { type = '', id = '' } = useParams({ strict: false }) as { type?: string; id?: string };
  const { client } = useSignedIn();
  const found = useQuery({
    queryKey: ['resource', type, id],
    queryFn: ({ signal }) => client.fhir.read(type, id, { signal }),
  });
  return <Ask of={found}>{(resource) => <Detail resource={resource} />}</Ask>;
}

/** Of another organisation: as it came with everything else from there, since asking again would be another look in its log. */
function Elsewhere({ at }: { at: number }) {
  const { t } = useTranslation(['patient', 'places']);
  const { type = '', id = '' } = useParams({ strict: false }) as { type?: string; id?: string };
  const { places, closed, all } = useWhole();
  const view = places.find(({ place }) => place.organization.id === at);
  const resource = all.find((one) => one.resourceType === type && one.id === id && originOf(one)?.custodian === at);
  if (resource !== undefined && view !== undefined) return <Detail resource={resource} place={view.place} />;
  if (view?.answer.isPending) return <Loading />;
  return (
    <>
      <EmptyState title={t('places:notHere')} />
      <PlaceNotes places={view ? [view] : []} closed={closed} />
    </>
  );
}

function Detail({ resource, place }: { resource: Resource; place?: Place }) {
  const { t, i18n } = useTranslation(['patient', 'chart']);
  const [proof, { open, close }] = useDisclosure(false);
  const { sources, all } = useWhole();
  const { resourceType: type, id = '' } = resource;
  const results = resultsOf(resource);
  const code = results[0]?.code;
  const others = all.filter((one) => one.id !== id && resultsOf(one).some((result) => result.code === code));
  const of = encounterOf(resource);
  const source = sources.find((one) => one.includes(resource)) ?? sources[0] ?? [];
  const visit = visitsOf(source).find(({ key }) => key === of);
  const kind = t(`chart:kind.${type}`, t('chart:kind.other'));
  const written = conceptText(resource.code);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['detail.when', dateText(whenOf(resource), i18n.language, { time: true })],
    ['detail.who', authorOf(resource) ?? visit?.person],
    ['detail.where', visit?.place],
    // Her own hospital's word for it stands above.
    ['detail.written', written === titleOf(resource) ? undefined : written],
    ['detail.value', results.length === 0 ? detailOf(resource) : undefined],
    ['detail.reason', conceptText(resource.reasonCode)],
    ['detail.conclusion', textOf(resource.conclusion)],
    [
      'detail.note',
      parts(resource.note)
        .flatMap(({ text }) => textOf(text) ?? [])
        .join('\n') || undefined,
    ],
  ];
  const document = documentText(resource);
  return (
    <>
      <p className="muted">{kind}</p>
      <h1>{titleOf(resource) ?? kind}</h1>
      <p className={styles.row}>
        {place ? <Origin resource={resource} /> : <Seal resource={resource} />}
        {isCorrected(resource) && <strong>{t('records.corrected')}</strong>}
      </p>
      {results.map((result) => (
        <div key={result.code} className={styles.section}>
          {results.length > 1 && <h2>{result.name}</h2>}
          <ResultLine result={result} />
        </div>
      ))}
      <dl className={styles.facts}>
        {facts.map(([key, text]) =>
          text === undefined ? null : (
            <div key={key}>
              <dt>{t(key)}</dt>
              <dd>{text}</dd>
            </div>
          ),
        )}
      </dl>
      {document && <p className={styles.document}>{document}</p>}
      {isCorrected(resource) && <Versions resource={resource} {...(place && { place })} />}
      <div className={styles.actions}>
        {others.length > 0 && (
          <Link to="/trends/$id" params={{ id }} search={whereOf(resource)}>
            {t('detail.trend')}
          </Link>
        )}
        <Button variant="default" size="md" onClick={open}>
          {t('detail.proof')}
        </Button>
      </div>
      <ProofDrawer resource={resource} opened={proof} close={close} {...(place && { at: place })} />
    </>
  );
}

/** What the record said before it was corrected; nothing is ever overwritten. */
function Versions({ resource, place }: { resource: Resource; place?: Place }) {
  const { t, i18n } = useTranslation('patient');
  const own = useSignedIn().client;
  const client = place?.client ?? own;
  const { resourceType: type, id = '', meta } = resource;
  const versions = useQuery({
    queryKey: ['history', place?.organization.id, type, id],
    queryFn: async () => {
      const found: Resource[] = [];
      for await (const { resource: version } of client.fhir.history(type, id)) if (version) found.push(version);
      return found;
    },
  });
  const earlier = (versions.data ?? []).filter((version) => version.meta?.versionId !== meta?.versionId);
  if (earlier.length === 0) return null;
  return (
    <section className={styles.section}>
      <h2>{t('detail.earlier')}</h2>
      <ul className={styles.list}>
        {earlier.map((version) => (
          <li key={version.meta?.versionId} className={styles.item}>
            <p className="muted">{dateText(version.meta?.lastUpdated ?? '', i18n.language, { time: true })}</p>
            <p>{[titleOf(version), detailOf(version)].filter(Boolean).join(' · ')}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
