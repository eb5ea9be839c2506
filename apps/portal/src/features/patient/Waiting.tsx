import { getRequests } from '@anamnesis/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import styles from './patient.module.css';

/** Requests that wait for her answer: nothing is shown where there are none, so that what is there is seen. */
export function Waiting() {
  const { t } = useTranslation('patient');
  const { client, patient } = useSignedIn();
  const requests = useQuery({
    queryKey: ['requests', patient],
    queryFn: ({ signal }) => getRequests(client, { state: 'requested' }, { signal }),
  });
  const count = requests.data?.length ?? 0;
  if (count === 0) return null;
  return (
    <section className={styles.waiting} aria-label={t('home.waiting')}>
      <p>{t('home.requests', { count })}</p>
      <Link to="/sharing">{t('home.answer')}</Link>
    </section>
  );
}
