import styles from './rangeBar.module.css';

/** A value between its limits. It is drawn for the eye alone: the words and numbers stand beside it, and numbers run from left to right everywhere. */
export function RangeBar({ value, low, high }: { value: number; low: number | undefined; high: number | undefined }) {
  if (low === undefined && high === undefined) return null;
  const width = low !== undefined && high !== undefined ? high - low : Math.abs(high ?? low ?? 1) || 1;
  const from = Math.min(value - width * 0.1, (low ?? (high ?? 0) - width) - width * 0.5);
  const to = Math.max(value + width * 0.1, (high ?? (low ?? 0) + width) + width * 0.5);
  const at = (number: number): number => ((number - from) / (to - from)) * 200;
  const [left, right] = [low === undefined ? 0 : at(low), high === undefined ? 200 : at(high)];
  return (
    <svg className={styles.bar} viewBox="0 0 200 22" aria-hidden="true" preserveAspectRatio="none">
      <rect className={styles.band} x={left} y="5" width={Math.max(right - left, 1)} height="12" />
      {low !== undefined && <line className={styles.edge} x1={left} x2={left} y1="1" y2="21" />}
      {high !== undefined && <line className={styles.edge} x1={right} x2={right} y1="1" y2="21" />}
      <line className={styles.axis} x1="0" x2="200" y1="11" y2="11" />
      <path className={styles.value} d={`M${at(value)} 3l6 8-6 8-6-8z`} />
    </svg>
  );
}
