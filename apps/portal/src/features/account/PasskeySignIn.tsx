import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { homeOf, signInByPasskey } from '../../app/signIn.ts';
import { usePress } from '../../ui/usePress.ts';
import styles from './account.module.css';
import { Problem } from './Problem.tsx';

/** Staff's sign-in with whatever opens this device. A prompt that was cancelled leaves the page as it was, with a word about it. */
export function PasskeySignIn({ to }: { to?: string | undefined }) {
  const { t } = useTranslation('account');
  const navigate = useNavigate();
  const signIn = useMutation({
    mutationFn: signInByPasskey,
    onSuccess: ({ role }) => navigate({ to: to ?? homeOf(role) }),
  });
  const press = usePress(signIn.mutate);
  return (
    <section className={styles.staff} aria-labelledby="staff">
      <h2 id="staff">{t('signIn.staffTitle')}</h2>
      <button type="button" className={styles.second} disabled={signIn.isPending} onClick={press}>
        {t('signIn.staff')}
      </button>
      <Problem error={signIn.error} />
    </section>
  );
}
