import { useMemo } from 'react';
import { encode } from 'uqr';
import styles from './qrCode.module.css';

/** CSS pixels. */
const WIDEST = 260;

/** A text as a code to scan, drawn as one path: dark on light in every theme, since scanners expect that. `label`: what it is, for who does not see it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const { size: side, data } = encode(text, { ecc: 'M', border: 4 });
    const cells = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y + 0.5}h1`] : [])));
    return { size: side, path: cells.join('') };
  }, [text]);
  // Cells of whole pixels: a scanner loses its way between uneven ones.
  const width = size * Math.max(3, Math.floor(WIDEST / size));
  return (
    <svg className={styles.code} width={width} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} />
      <path d={path} />
    </svg>
  );
}
