import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { actForOneself, useSession } from '../app/session.ts';
import styles from './actingFor.module.css';

/** On every page while she looks at somebody else: whose records these are, and the way back to her own. */
export function ActingFor() {
  const { t } = useTranslation('family');
  const session = useSession();
  const navigate = useNavigate();
  if (session?.holder === undefined) return null;
  const back = async (): Promise<void> => {
    await actForOneself();
    await navigate({ to: '/home' });
  };
  return (
    <section className={styles.acting} aria-label={t('acting.label')}>
      <span>
        {t('acting.text')}{' '}
        <strong>
          <bdi>{session.name}</bdi>
        </strong>
      </span>
      <button type="button" className={styles.back} onClick={() => void back()}>
        {t('acting.back')}
      </button>
    </section>
  );
}

/** To the people whose records she may look at besides her own. */
export function FamilySwitch() {
  const { t } = useTranslation('family');
  return (
    <Link to="/family" className={styles.family}>
      {t('header')}
    </Link>
  );
}
