import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { visitsOfAll } from '../../chart/visits.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { PlaceNotes } from '../places/PlaceNotes.tsx';
import { useWhole } from '../places/usePlaces.ts';
import styles from './patient.module.css';
import { RecordTabs } from './RecordTabs.tsx';
import { VisitItem } from './VisitItem.tsx';

/** The timeline by visit, newest first: of her home organisation and of every other place where she is known. */
export default function Records() {
  const { t } = useTranslation('patient');
  const whole = useWhole();
  return (
    <>
      <h1>{t('records.title')}</h1>
      <RecordTabs />
      <PlaceNotes {...whole} />
      <Ask of={whole.own}>{() => <Timeline sources={whole.sources} />}</Ask>
    </>
  );
}

/** So many visits are drawn at once; more follow as the end comes near, so that a life of records does not hold the page. */
const STEP = 20;

function Timeline({ sources }: { sources: Parameters<typeof visitsOfAll>[0] }) {
  const { t } = useTranslation('patient');
  const visits = useMemo(() => visitsOfAll(sources), [sources]);
  const [shown, setShown] = useState(STEP);
  const more = shown < visits.length;
  const watch = useCallback((element: HTMLButtonElement) => {
    const watcher = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setShown((before) => before + STEP);
      },
      { rootMargin: '800px' },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  if (visits.length === 0) return <EmptyState title={t('records.none')} text={t('records.noneText')} />;
  return (
    <>
      {visits.slice(0, shown).map((visit) => (
        <VisitItem key={visit.key} visit={visit} />
      ))}
      {more && (
        <button key={shown} ref={watch} type="button" className={styles.more} onClick={() => setShown(shown + STEP)}>
          {t('records.more')}
        </button>
      )}
    </>
  );
}
