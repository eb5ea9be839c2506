import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { parts } from '../../chart/text.ts';
import styles from './patient.module.css';

/** Requests that wait for her answer: nothing is shown where there are none, so that what is there is seen. */
export function Waiting() {
  const { t } = useTranslation('patient');
  const { client, patient } = useSignedIn();
  const requests = useQuery({
    queryKey: ['requests', patient],
    queryFn: async ({ signal }) => {
      try {
        const body = (await client.request({ path: '/api/v1/requests', signal })).body() as { requests?: unknown };
        return parts(body.requests).filter(({ state }) => state === 'requested').length;
      } catch (error) {
        // A node that takes no requests has none.
        if ((error as { code?: unknown }).code === 'not-found') return 0;
        throw error;
      }
    },
  });
  const count = requests.data ?? 0;
  if (count === 0) return null;
  return (
    <section className={styles.waiting} aria-label={t('home.waiting')}>
      <p>{t('home.requests', { count })}</p>
      <Link to="/sharing">{t('home.answer')}</Link>
    </section>
  );
}
