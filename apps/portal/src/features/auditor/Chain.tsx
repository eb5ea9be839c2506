import { useTranslation } from 'react-i18next';
import styles from './auditor.module.css';
import { type Mark, STATIONS } from './chainOf.ts';

const SIGNS: Readonly<Record<Mark, string>> = {
  holds: 'm-9 1 6 6 12-13',
  broken: 'm-8 -8 16 16M8 -8-8 8',
  open: 'M0-9V1l6 4',
  unknown: 'M-6 0H6',
};

/** From the record to the ledger, with a tick or a cross at the very place: in a row where there is room, else one below the other. */
export function Chain({ marks }: { marks: readonly Mark[] }) {
  const { t, i18n } = useTranslation('auditor');
  const words = STATIONS.map((station, at) => `${t(`chain.${station}`)}: ${t(`chain.${marks[at] ?? 'unknown'}`)}`);
  const label = words.join('. ');
  const mirrored = i18n.dir() === 'rtl';
  return (
    <figure className={styles.chain}>
      <svg className={styles.wide} role="img" aria-label={label} viewBox="0 0 720 132">
        <Stations marks={marks} place={(at) => [90 + 180 * (mirrored ? 3 - at : at), 40]} below />
      </svg>
      <svg className={styles.tall} role="img" aria-label={label} viewBox="0 0 300 372">
        <Stations marks={marks} place={(at) => [mirrored ? 264 : 36, 40 + 96 * at]} below={false} />
      </svg>
      <figcaption className="muted">{t(`chain.caption.${marks.includes('broken') ? 'broken' : 'holds'}`)}</figcaption>
    </figure>
  );
}

interface Drawn {
  readonly marks: readonly Mark[];
  readonly place: (at: number) => readonly [x: number, y: number];
  readonly below: boolean;
}

function Stations({ marks, place, below }: Drawn) {
  const { t, i18n } = useTranslation('auditor');
  const side = i18n.dir() === 'rtl' ? -44 : 44;
  return STATIONS.map((station, at) => {
    const mark = marks[at] ?? 'unknown';
    const [x, y] = place(at);
    const [beforeX, beforeY] = place(at - 1);
    const text = below ? { x, textAnchor: 'middle' as const } : { x: x + side, textAnchor: 'start' as const };
    return (
      <g key={station} data-station={station} data-mark={mark} className={styles.station}>
        {at > 0 && (
          <line
            x1={beforeX + Math.sign(x - beforeX) * 28}
            y1={beforeY + Math.sign(y - beforeY) * 28}
            x2={x - Math.sign(x - beforeX) * 28}
            y2={y - Math.sign(y - beforeY) * 28}
          />
        )}
        <circle cx={x} cy={y} r={26} />
        <path d={SIGNS[mark]} transform={`translate(${x} ${y})`} />
        <text {...text} y={below ? y + 54 : y - 4} className={styles.stationName}>
          {t(`chain.${station}`)}
        </text>
        <text {...text} y={below ? y + 78 : y + 18}>
          {t(`chain.${mark}`)}
        </text>
      </g>
    );
  });
}
