import type { Resource } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { originOf } from '../../chart/origin.ts';
import { resultsOf, timeOf, wordOf } from '../../chart/result.ts';
import { authorOf, dateText, detailOf } from '../../chart/text.ts';
import { type Visit, visitsOfAll } from '../../chart/visits.ts';
import { titleOf } from '../../chart/words.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Origin } from '../../ui/Origin.tsx';
import { Seal } from '../../ui/Seal.tsx';
import styles from './clinician.module.css';

const STEP = 20;
/** In a brief list each visit shows so many of its records. */
const BRIEF = 4;

/** Visits of all organisations in one line of time, newest first. */
export function Timeline(props: { sources: readonly (readonly Resource[])[]; most?: number; brief?: boolean }) {
  const { t } = useTranslation('clinician');
  const { sources, most = STEP, brief = false } = props;
  const visits = useMemo(
    () => visitsOfAll(sources).filter((visit) => !brief || timeOf(visit.when) <= Date.now()),
    [sources, brief],
  );
  const [shown, setShown] = useState(most);
  if (visits.length === 0) return <EmptyState title={t('visits.none')} />;
  return (
    <>
      <ol className={styles.list}>
        {visits.slice(0, shown).map((visit) => (
          <VisitRow key={visit.key} visit={visit} brief={brief} />
        ))}
      </ol>
      {!brief && shown < visits.length && (
        <Button variant="default" onClick={() => setShown(shown + STEP)}>
          {t('visits.more')}
        </Button>
      )}
    </>
  );
}

function VisitRow({ visit, brief }: { visit: Visit; brief: boolean }) {
  const { t, i18n } = useTranslation('clinician');
  const { when, title, place, person, items, encounter } = visit;
  const first = encounter ?? items[0];
  const rest = items.length - BRIEF;
  return (
    <li className={styles.visit}>
      <div className={styles.row}>
        <strong>
          <bdi>{encounter ? (title ?? t('visits.visit')) : t('visits.noVisit')}</bdi>
        </strong>
        <span className="muted">{dateText(when, i18n.language)}</span>
      </div>
      {(place || person) && (
        <p className="muted">
          <bdi>{[person, place].filter(Boolean).join(' · ')}</bdi>
        </p>
      )}
      {first && <Origin resource={first} />}
      <ul className={styles.plain}>
        {(brief ? items.slice(0, BRIEF) : items).map((item) => (
          <RecordRow key={`${item.resourceType}/${item.id}`} resource={item} of={visit} />
        ))}
      </ul>
      {brief && rest > 0 && <p className="muted">{t('visits.rest', { count: rest })}</p>}
    </li>
  );
}

function RecordRow({ resource, of }: { resource: Resource; of: Visit }) {
  const { t } = useTranslation(['clinician', 'chart']);
  const kind = t(`chart:kind.${resource.resourceType}`, t('chart:kind.other'));
  const [result] = resultsOf(resource);
  const word = result ? wordOf(result) : 'unknown';
  const author = authorOf(resource);
  const detail = [word === 'unknown' ? undefined : t(`chart:word.${word}`), detailOf(resource)]
    .filter(Boolean)
    .join(' · ');
  return (
    <li>
      <bdi>{titleOf(resource) ?? kind}</bdi>
      {detail && (
        <>
          {': '}
          <bdi className={styles.detail}>{detail}</bdi>
        </>
      )}
      <span className="muted">
        {' '}
        {kind}
        {author && author !== of.person && author !== of.place && ` · ${author}`}
      </span>
      {originOf(resource) === undefined && <Seal resource={resource} quiet />}
    </li>
  );
}
