import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { signInAsDemo } from '../../app/signIn.ts';
import styles from './account.module.css';
import { OwnSignIn } from './OwnSignIn.tsx';
import { Problem } from './Problem.tsx';

/** After a reload she is still signed in, but the account is closed: her device opens it again. */
export function Unlock() {
  const { t } = useTranslation('account');
  const { demo, id } = useSignedIn();
  const open = useMutation({ mutationFn: () => signInAsDemo({ id }) });
  return (
    <section className={`card ${styles.kept}`} aria-labelledby="unlock">
      <h2 id="unlock">{t('unlock.title')}</h2>
      <p>{t('unlock.text')}</p>
      {demo ? (
        <button type="button" className={styles.main} disabled={open.isPending} onClick={() => open.mutate()}>
          {t('unlock.open')}
        </button>
      ) : (
        <OwnSignIn label={t('unlock.open')} only={id} onDone={() => {}} />
      )}
      <Problem error={open.error} />
    </section>
  );
}
