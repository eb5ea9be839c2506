import { useTranslation } from 'react-i18next';
import { type Result, wordOf } from '../chart/result.ts';
import { RangeBar } from './RangeBar.tsx';
import styles from './result.module.css';

/** A result as people read it: the word first, then the number, then what is usual. */
export function ResultLine({ result }: { result: Result }) {
  const { t } = useTranslation('chart');
  const word = wordOf(result);
  const { low, high, unit } = result;
  return (
    <div className={styles.result}>
      <p>
        {word !== 'unknown' && (
          <strong className={word === 'usual' ? styles.usual : styles.unusual}>{t(`word.${word}`)} </strong>
        )}
        <span className={styles.number}>
          {result.comparator} {result.text} {unit}
        </span>
      </p>
      <RangeBar value={result.value} low={low} high={high} />
      {word !== 'unknown' && <p className="muted">{rangeText(t, low, high, unit)}</p>}
    </div>
  );
}

type Translate = (key: string, values: Record<string, unknown>) => string;

export function rangeText(t: Translate, low: number | undefined, high: number | undefined, unit: string): string {
  if (low !== undefined && high !== undefined) return t('range.between', { low, high, unit });
  return low === undefined ? t('range.below', { high, unit }) : t('range.above', { low, unit });
}
