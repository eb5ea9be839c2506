import { useTranslation } from 'react-i18next';
import { latestResults } from '../../chart/result.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { PlaceNotes } from '../places/PlaceNotes.tsx';
import { useWhole } from '../places/usePlaces.ts';
import styles from './patient.module.css';
import { RecordTabs } from './RecordTabs.tsx';
import { ResultItem } from './ResultItem.tsx';

/** The newest result of every kind; what was measured more than once leads to its trend. */
export default function Results() {
  const { t } = useTranslation('patient');
  const whole = useWhole();
  return (
    <>
      <h1>{t('records.results')}</h1>
      <RecordTabs />
      <PlaceNotes {...whole} />
      <Ask of={whole.own}>
        {() => {
          const results = latestResults(whole.all);
          if (results.length === 0) return <EmptyState title={t('results.none')} />;
          return (
            <ul className={styles.list}>
              {results.map((one) => (
                <ResultItem key={one.result.code} {...one} />
              ))}
            </ul>
          );
        }}
      </Ask>
    </>
  );
}
