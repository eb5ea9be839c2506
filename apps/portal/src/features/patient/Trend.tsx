import type { Resource } from '@anamnesis/sdk';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { originOf } from '../../chart/origin.ts';
import { changeOf, type Result, resultsOf, trendOf, wordOf } from '../../chart/result.ts';
import { dateText } from '../../chart/text.ts';
import { titleOf } from '../../chart/words.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Origin } from '../../ui/Origin.tsx';
import { useWhole } from '../places/usePlaces.ts';
import styles from './patient.module.css';

import { whereOf } from './VisitItem.tsx';

const TrendPlot = lazy(() => import('../../ui/TrendPlot.tsx'));

/** How a result went over time, by one of its records. */
export default function Trend() {
  const { t } = useTranslation('patient');
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const { at } = useSearch({ strict: false }) as { at?: number };
  const { own, all, places } = useWhole();
  const isComing = at !== undefined && places.some(({ answer }) => answer.isPending);
  return (
    <Ask of={own}>
      {() => {
        const resource = all.find(
          (one) => one.resourceType === 'Observation' && one.id === id && originOf(one)?.custodian === at,
        );
        if (resource === undefined && isComing) return <Loading />;
        if (resource === undefined) return <EmptyState title={t('trend.none')} />;
        return <Course of={resource} resources={all} />;
      }}
    </Ask>
  );
}

function Course({ of, resources }: { of: Resource; resources: readonly Resource[] }) {
  const { t } = useTranslation('patient');
  const series = resultsOf(of).map(({ code }) => trendOf(resources, code));
  return (
    <>
      <h1>{titleOf(of)}</h1>
      {series.map((results) => (
        <p key={results[0]?.code} className={styles.takeaway}>
          {series.length > 1 && <strong>{results[0]?.name}: </strong>}
          <Takeaway results={results} />
        </p>
      ))}
      <figure className={styles.figure}>
        <Suspense fallback={<Loading />}>
          <TrendPlot series={series} />
        </Suspense>
        <figcaption className="muted">{t('trend.caption')}</figcaption>
      </figure>
      {series.map((results) => (
        <CourseTable key={results[0]?.code} results={results} />
      ))}
    </>
  );
}

/** What the picture shows, in a sentence. */
function Takeaway({ results }: { results: readonly Result[] }) {
  const { t } = useTranslation(['patient', 'chart']);
  const last = results.at(-1);
  if (last === undefined) return null;
  const change = changeOf(results, results.length - 1);
  const word = wordOf(last);
  const now = `${last.comparator ?? ''}${last.text} ${last.unit}`.trim();
  return (
    <>
      {word !== 'unknown' && `${t(`chart:word.${word}`)}. `}
      {change === null
        ? t('trend.now', { now })
        : t(`trend.${change}`, { now, before: `${results.at(-2)?.text} ${last.unit}` })}
    </>
  );
}

function CourseTable({ results }: { results: readonly Result[] }) {
  const { t, i18n } = useTranslation(['patient', 'chart']);
  const [first] = results;
  const ranged = results.some((result) => wordOf(result) !== 'unknown');
  return (
    <table className={styles.table}>
      <caption>{first?.name}</caption>
      <thead>
        <tr>
          <th scope="col">{t('trend.date')}</th>
          <th scope="col">{t('trend.value')}</th>
          {ranged && <th scope="col">{t('trend.usual')}</th>}
        </tr>
      </thead>
      <tbody>
        {results
          .map((result, at) => ({ result, change: changeOf(results, at) }))
          .reverse()
          .map(({ result, change }) => (
            <tr key={`${originOf(result.resource)?.custodian}/${result.resource.id}`}>
              <td>
                <Link
                  to="/records/$type/$id"
                  params={{ type: 'Observation', id: result.resource.id ?? '' }}
                  search={whereOf(result.resource)}
                >
                  {dateText(result.when, i18n.language)}
                </Link>{' '}
                <Origin resource={result.resource} />
              </td>
              <td>
                {result.comparator} {result.text} {result.unit}
                {(change === 'up' || change === 'down') && (
                  <span className={styles.arrow}>
                    <Icon name={change} size={16} />
                    <span className="visually-hidden">{t(`trend.${change}Word`)}</span>
                  </span>
                )}
              </td>
              {ranged && <td>{usualOf(result)}</td>}
            </tr>
          ))}
      </tbody>
    </table>
  );
}

/** The limits as numbers: `3.5–5.0`, `≥ 60`. */
function usualOf({ low, high }: Result): string {
  if (low !== undefined && high !== undefined) return `${low}–${high}`;
  if (low !== undefined) return `≥ ${low}`;
  return high === undefined ? '' : `≤ ${high}`;
}
