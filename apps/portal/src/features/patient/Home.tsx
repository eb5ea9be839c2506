import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { fetchLooks } from '../../chart/looks.ts';
import { latestResults, timeOf } from '../../chart/result.ts';
import { dateText } from '../../chart/text.ts';
import { isBilling, visitsOfAll } from '../../chart/visits.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EmergencyNotices } from '../emergency/Told.tsx';
import { HomeNotices } from '../guardians/HomeNotices.tsx';
import { useWhole } from '../places/usePlaces.ts';
import styles from './patient.module.css';
import { ResultItem } from './ResultItem.tsx';
import { VisitItem } from './VisitItem.tsx';
import { Waiting } from './Waiting.tsx';

/** What a patient comes for: is something waiting for me, what is new, who looked. */
export default function Home() {
  // What a notice says is asked for with the page, so that a notice that comes does not take the page away for a moment.
  const { t } = useTranslation(['patient', 'emergency']);
  const { name, holder } = useSignedIn();
  const { own, sources, all } = useWhole();
  return (
    <>
      <h1>{holder === undefined ? t('home.title', { name: name.split(' ')[0] }) : t('home.titleFor', { name })}</h1>
      <EmergencyNotices />
      <HomeNotices />
      <Waiting />
      <Looked />
      <Ask of={own}>
        {() => {
          const results = latestResults(all).slice(0, 3);
          const [visit] = visitsOfAll(sources).filter((one) => !isBilling(one) && timeOf(one.when) <= Date.now());
          return (
            <>
              <section className={styles.section} aria-labelledby="latest-results">
                <h2 id="latest-results">{t('home.results')}</h2>
                {results.length === 0 ? (
                  <EmptyState title={t('results.none')} />
                ) : (
                  <ul className={styles.list}>
                    {results.map((one) => (
                      <ResultItem key={one.result.code} {...one} />
                    ))}
                  </ul>
                )}
                <Link to="/records/results">{t('home.allResults')}</Link>
              </section>
              <section className={styles.section} aria-labelledby="latest-visit">
                <h2 id="latest-visit">{t('home.visit')}</h2>
                {visit ? <VisitItem visit={visit} heading="h3" /> : <EmptyState title={t('records.none')} />}
              </section>
            </>
          );
        }}
      </Ask>
    </>
  );
}

/** The last person who looked, besides herself. */
function Looked() {
  const { t, i18n } = useTranslation('patient');
  const { client, patient } = useSignedIn();
  const looks = useQuery({
    queryKey: ['looks', patient],
    queryFn: () => fetchLooks(client, patient ?? '', { count: 100 }),
  });
  const [last] = looks.data?.looks ?? [];
  if (looks.data === undefined) return null;
  return (
    <section className={styles.section} aria-labelledby="looked">
      <h2 id="looked">{t('home.looked')}</h2>
      <p>
        {last
          ? t(last.automatic ? 'home.lastLookMachine' : 'home.lastLook', {
              who: last.who,
              when: dateText(last.when, i18n.language, { time: true }),
            })
          : t('home.nobodyLooked')}
      </p>
      <Link to="/activity">{t('home.allLooks')}</Link>
    </section>
  );
}
