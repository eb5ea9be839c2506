import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { ACTS } from './acts.ts';
import { findPeople, type People } from './cast.ts';
import { Hospital } from './Hospital.tsx';
import { Phone } from './Phone.tsx';
import { Strip } from './Strip.tsx';
import styles from './tour.module.css';
import { usePlay } from './usePlay.ts';

/** "Maria's broken wrist in Lisbon": her phone, the hospital's screen, and below them the proof of each act. All of it is done for real, by demo people. */
export default function Tour() {
  const { t } = useTranslation('tour');
  const people = useQuery({ queryKey: ['tour'], queryFn: ({ signal }) => findPeople(signal), staleTime: 300_000 });
  return (
    <div className={styles.tour}>
      <h1>{t('title')}</h1>
      <p className={styles.lead}>{t('lead')}</p>
      <Ask of={people}>
        {(found) =>
          found ? (
            <Play people={found} />
          ) : (
            <EmptyState
              title={t('nobody.title')}
              text={t('nobody.text')}
              action={<Link to="/">{t('nobody.home')}</Link>}
            />
          )
        }
      </Ask>
    </div>
  );
}

function Play({ people }: { people: People }) {
  const { t } = useTranslation('tour');
  const { scene, busy, playing, error, step, play, pause, again } = usePlay(people);
  const done = scene.lines.length;
  const last = ACTS[done - 1];
  const over = done === ACTS.length;
  return (
    <>
      <section className={styles.story} aria-label={t('controls')}>
        <ol className={styles.steps}>
          {ACTS.map((act, at) => (
            <li
              key={act}
              className={at < done ? styles.done : undefined}
              aria-current={at === done - 1 ? 'step' : undefined}
            >
              <span className="visually-hidden">{t(`act.${act}.title`)}</span>
            </li>
          ))}
        </ol>
        <div className={styles.sentence} role="status">
          <h2>{last ? t(`act.${last}.title`) : t('start.title')}</h2>
          <p>{last ? t(`act.${last}.text`) : t('start.text')}</p>
        </div>
        <div className={styles.controls}>
          {over ? (
            <button type="button" className={styles.main} onClick={again}>
              {t('again')}
            </button>
          ) : (
            <>
              <button type="button" className={styles.main} onClick={playing ? pause : play}>
                {playing ? t('pause') : done === 0 ? t('play') : t('goOn')}
              </button>
              <button type="button" className={styles.other} data-next disabled={busy} onClick={step}>
                {t('next')}
                <Icon name="right" size={18} />
              </button>
            </>
          )}
          {busy && (
            <span className={styles.busy} data-loading>
              {t('busy')}
            </span>
          )}
        </div>
        {error !== null && <ErrorState error={error} retry={step} />}
      </section>
      <div className={styles.panes}>
        <Phone scene={scene} people={people} />
        <Hospital scene={scene} people={people} />
      </div>
      <Strip lines={scene.lines} />
    </>
  );
}
