import { Button } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { originOf } from '../../chart/origin.ts';
import { changeOf, type Result } from '../../chart/result.ts';
import { dateText } from '../../chart/text.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Origin } from '../../ui/Origin.tsx';
import type { ChartRecords } from './Chart.tsx';
import styles from './clinician.module.css';
import { latestOf } from './findings.ts';
import { ResultRow } from './ResultRow.tsx';

const TrendPlot = lazy(() => import('../../ui/TrendPlot.tsx'));

/** The newest result of each kind; one click opens how it went over time, wherever it was measured. */
export function Results({ records }: { records: ChartRecords }) {
  const { t } = useTranslation('clinician');
  const [code, setCode] = useState<string | null>(null);
  const latest = latestOf(records.all);
  const opened = latest.find(({ result }) => result.code === code);
  if (latest.length === 0) return <EmptyState title={t('results.none')} />;
  return (
    <div className={opened ? styles.columns : undefined}>
      <ul className={styles.list} aria-label={t('results.latest')}>
        {latest.map((one) =>
          one.count > 1 ? (
            <ResultRow key={one.result.code} latest={one} open={() => setCode(one.result.code)} />
          ) : (
            <ResultRow key={one.result.code} latest={one} />
          ),
        )}
      </ul>
      {opened && <Course course={opened.course} close={() => setCode(null)} />}
    </div>
  );
}

function Course({ course, close }: { course: readonly Result[]; close(): void }) {
  const { t, i18n } = useTranslation('clinician');
  const last = course.at(-1);
  const elsewhere = course.some(({ resource }) => originOf(resource) !== undefined);
  const rows = course.map((result, at) => ({ result, change: changeOf(course, at) })).reverse();
  return (
    <section className={styles.course} aria-labelledby="course">
      <div className={styles.row}>
        <h2 id="course">{last?.name}</h2>
        <Button variant="default" size="sm" onClick={close}>
          {t('course.close')}
        </Button>
      </div>
      <Suspense fallback={<Loading />}>
        <TrendPlot series={[course]} />
      </Suspense>
      <table className={styles.table}>
        <caption className="visually-hidden">{t('course.table', { name: last?.name })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('course.date')}</th>
            <th scope="col">{t('course.value')}</th>
            {elsewhere && <th scope="col">{t('course.where')}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ result, change }) => (
            <tr key={`${result.resource.id}/${result.when}`}>
              <td>{dateText(result.when, i18n.language)}</td>
              <td>
                {result.comparator} {result.text} {result.unit}{' '}
                {(change === 'up' || change === 'down') && (
                  <>
                    <Icon name={change} size={16} />
                    <span className="visually-hidden">{t(`course.${change}`)}</span>
                  </>
                )}
              </td>
              {elsewhere && (
                <td>
                  <Origin resource={result.resource} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
