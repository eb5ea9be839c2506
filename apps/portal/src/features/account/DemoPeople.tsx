import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type DemoPerson, homeOf, signInAsDemo } from '../../app/signIn.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import styles from './account.module.css';

/** Made-up people: a click on a name signs in. `to`: where they wanted to go. */
export function DemoPeople({ people, to }: { people: readonly DemoPerson[]; to?: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const signIn = useMutation({
    mutationFn: signInAsDemo,
    onSuccess: ({ role }) => navigate({ to: to ?? homeOf(role) }),
  });
  if (people.length === 0) return null;
  return (
    <section className={styles.demo} aria-labelledby="demo-people">
      <h2 id="demo-people">{t('demo.title')}</h2>
      <p className="muted">{t('demo.text')}</p>
      <ul className={styles.people}>
        {people.map((person) => (
          <li key={person.id}>
            <button
              type="button"
              className={styles.person}
              disabled={signIn.isPending}
              onClick={() => signIn.mutate(person)}
            >
              <Icon name="person" />
              <span>
                <strong>{person.name}</strong>
                <span className="muted">{t(`role.${person.kind}`)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {signIn.isError && <ErrorState error={signIn.error} />}
    </section>
  );
}
