import type { Resource } from '@anamnesis/sdk';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { dateText, detailOf, whenOf } from '../../chart/text.ts';
import { titleOf } from '../../chart/words.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Origin } from '../../ui/Origin.tsx';
import type { ChartRecords } from './Chart.tsx';
import styles from './clinician.module.css';
import { findingsOf, latestOf, type Topic } from './findings.ts';
import { ResultRow } from './ResultRow.tsx';
import { Timeline } from './Timeline.tsx';

const RESULTS = 8;
const VISITS = 3;

/** What a clinician has to know first, on one page: history is read without a click. */
export function Summary({ records, patient }: { records: ChartRecords; patient?: string }) {
  const { t } = useTranslation('clinician');
  const latest = latestOf(records.all);
  return (
    <div className={styles.columns}>
      <div>
        <FindingSection topic="problems" resources={records.all} />
        <FindingSection topic="medicines" resources={records.all} />
        <FindingSection topic="allergies" resources={records.all} />
      </div>
      <div>
        <section className={styles.section} aria-labelledby="latest">
          <h2 id="latest">{t('results.latest')}</h2>
          {latest.length === 0 ? (
            <EmptyState title={t('results.none')} />
          ) : (
            <ul className={styles.list}>
              {latest.slice(0, RESULTS).map((one) => (
                <ResultRow key={one.result.code} latest={one} />
              ))}
            </ul>
          )}
          {latest.length > RESULTS && patient && (
            <Link to="/p/$id/results" params={{ id: patient }}>
              {t('results.all', { count: latest.length })}
            </Link>
          )}
        </section>
        <section className={styles.section} aria-labelledby="visits">
          <h2 id="visits">{t('visits.last')}</h2>
          <Timeline sources={records.sources} most={VISITS} brief />
          {patient && (
            <Link to="/p/$id/timeline" params={{ id: patient }}>
              {t('visits.all')}
            </Link>
          )}
        </section>
      </div>
    </div>
  );
}

/** "None" and "nobody wrote anything down" are different things, and are said differently. */
export function FindingSection({ topic, resources }: { topic: Topic; resources: readonly Resource[] }) {
  const { t, i18n } = useTranslation('clinician');
  const { known, items, past } = findingsOf(resources, topic);
  return (
    <section className={styles.section} aria-labelledby={topic}>
      <h2 id={topic}>{t(`topic.${topic}`)}</h2>
      {known === 'some' ? (
        <ul className={styles.list}>
          {items.map((one) => (
            <Item key={`${one.resourceType}/${one.id}`} resource={one} />
          ))}
        </ul>
      ) : (
        <div className={styles.absent} data-known={known}>
          <p>{t(`${topic}.${known}`)}</p>
          {items.map((one) => (
            <p key={one.id} className="muted">
              {dateText(whenOf(one), i18n.language)} <Origin resource={one} />
            </p>
          ))}
        </div>
      )}
      {past.length > 0 && (
        <details className={styles.past}>
          <summary>{t('past', { count: past.length })}</summary>
          <ul className={styles.list}>
            {past.map((one) => (
              <Item key={`${one.resourceType}/${one.id}`} resource={one} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Item({ resource }: { resource: Resource }) {
  const { t, i18n } = useTranslation(['clinician', 'chart']);
  const detail = detailOf(resource);
  const severe = resource.criticality === 'high';
  return (
    <li className={styles.item}>
      <div className={styles.row}>
        <strong>
          <bdi>{titleOf(resource) ?? t(`chart:kind.${resource.resourceType}`, t('chart:kind.other'))}</bdi>
        </strong>
        <span className="muted">{dateText(whenOf(resource), i18n.language)}</span>
      </div>
      {(detail || severe) && (
        <p>
          {severe && <strong className={styles.severe}>{t('allergy.severe')} </strong>}
          <bdi>{detail}</bdi>
        </p>
      )}
      <Origin resource={resource} />
    </li>
  );
}
