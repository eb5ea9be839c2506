import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { signOut, useSession } from '../app/session.ts';
import styles from './signedInAs.module.css';

/** Who is signed in and where; people of the demonstration are marked on every page. */
export function SignedInAs() {
  const { t } = useTranslation();
  const session = useSession();
  const navigate = useNavigate();
  if (session === null) return <span />;
  const leave = async (): Promise<void> => {
    await navigate({ to: '/' });
    await signOut();
  };
  return (
    <div className={styles.who}>
      <span>
        <strong>{(session.holder ?? session).name}</strong> <span className="muted">{session.organization.name}</span>
      </span>
      {session.demo && <span className={styles.demo}>{t('demo.mark')}</span>}
      <button type="button" className={styles.out} onClick={() => void leave()}>
        {t('session.signOut')}
      </button>
    </div>
  );
}
