import { useTranslation } from 'react-i18next';
import { wordOf } from '../../chart/result.ts';
import { dateText } from '../../chart/text.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Origin } from '../../ui/Origin.tsx';
import { RangeBar } from '../../ui/RangeBar.tsx';
import { rangeText } from '../../ui/ResultLine.tsx';
import styles from './clinician.module.css';
import type { Latest } from './findings.ts';

/** A result in a line: what it says, how it changed, and where it lies in what is usual. `open`: shows its course. */
export function ResultRow({ latest, open }: { latest: Latest; open?: () => void }) {
  const { t, i18n } = useTranslation(['clinician', 'chart']);
  const { result, change, course } = latest;
  const inChart = (key: string, values: Record<string, unknown>): string => String(t(`chart:${key}`, values));
  const word = wordOf(result);
  const before = course.at(-2);
  const { low, high, unit } = result;
  return (
    <li className={styles.result}>
      <span className={styles.resultName}>
        {open ? (
          <button type="button" className={styles.link} onClick={open}>
            {result.name}
          </button>
        ) : (
          <bdi>{result.name}</bdi>
        )}
        <span className="muted">{dateText(result.when, i18n.language)}</span>
        <Origin resource={result.resource} />
      </span>
      <span className={styles.resultValue}>
        {word !== 'unknown' && (
          <span className={word === 'usual' ? styles.usual : styles.unusual}>{t(`chart:word.${word}`)}</span>
        )}
        <strong>
          {result.comparator} {result.text} {unit}
        </strong>
        {before && (change === 'up' || change === 'down') && (
          <span className={styles.change}>
            <Icon name={change} size={16} />
            {t(`results.${change}`, { before: before.text })}
          </span>
        )}
      </span>
      <span className={styles.resultRange}>
        <RangeBar value={result.value} low={low} high={high} />
        {word !== 'unknown' && <span className="muted">{rangeText(inChart, low, high, unit)}</span>}
      </span>
    </li>
  );
}
