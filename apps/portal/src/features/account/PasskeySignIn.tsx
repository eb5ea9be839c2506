import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { homeOf, signInByPasskey } from '../../app/signIn.ts';
import styles from './account.module.css';

/** Sign-in with whatever opens this device. A prompt that was cancelled leaves the page as it was, with a word about it. */
export function PasskeySignIn({ to }: { to?: string | undefined }) {
  const { t } = useTranslation('account');
  const navigate = useNavigate();
  const signIn = useMutation({
    mutationFn: signInByPasskey,
    onSuccess: ({ role }) => navigate({ to: to ?? homeOf(role) }),
  });
  return (
    <>
      <button type="button" className={styles.main} disabled={signIn.isPending} onClick={() => signIn.mutate()}>
        {t('signIn.passkey')}
      </button>
      <p className="muted">{t('signIn.how')}</p>
      {signIn.isError && <p role="alert">{t(`signIn.${problemOf(signIn.error)}`)}</p>}
    </>
  );
}

function problemOf(error: unknown): 'cancelled' | 'unknown' | 'unsupported' {
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled';
  return code === 'unauthorized' || code === 'forbidden' ? 'unknown' : 'unsupported';
}
