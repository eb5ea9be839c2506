import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import type { Scene } from './acts.ts';
import type { Link } from './check.ts';
import styles from './tour.module.css';

const ICONS: Readonly<Record<Link['state'], IconName | null>> = {
  holds: 'check',
  broken: 'cross',
  waits: 'wait',
  none: null,
};

/** One line for each act, newest first: from the record by its log and checkpoint to the ledger, as this page checked it. */
export function Strip({ lines }: { lines: Scene['lines'] }) {
  const { t } = useTranslation('tour');
  return (
    <section className={styles.strip} aria-labelledby="tour-proof">
      <h2 id="tour-proof">{t('strip.title')}</h2>
      <p className="muted">{lines.length === 0 ? t('strip.none') : t('strip.text')}</p>
      <ol className={styles.lines} reversed>
        {lines.toReversed().map(({ act, links, wrong }) => (
          <li key={act} className={wrong === null ? styles.line : styles.wrongLine}>
            <h3>{t(`act.${act}.title`)}</h3>
            <ul className={styles.links}>
              {links.map(({ name, state, say, values }) => {
                const icon = ICONS[state];
                return (
                  <li key={name} className={styles[state]}>
                    <span className={styles.linkName}>
                      {icon && <Icon name={icon} size={18} />}
                      {t(`link.${name}`)}
                    </span>
                    <span>{t(`say.${say}`, values ?? {})}</span>
                    <span className="visually-hidden">{t(`state.${state}`)}</span>
                  </li>
                );
              })}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}
