import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { homeOf } from '../../app/signIn.ts';
import { Ask } from '../../ui/Ask.tsx';
import { LostPhone } from '../guardians/AccountLinks.tsx';
import styles from './account.module.css';
import { DemoPeople } from './DemoPeople.tsx';
import { OwnSignIn } from './OwnSignIn.tsx';
import { PasskeySignIn } from './PasskeySignIn.tsx';
import { useSignInInfo } from './useSignInInfo.ts';

/** A place of this portal only: no address from elsewhere can be put behind a sign-in. */
function ownPlace({ to }: { readonly to?: unknown }): string | undefined {
  return typeof to === 'string' && /^\/(?!\/)[^\\]*$/.test(to) ? to : undefined;
}

/** Signing in, and back to where one wanted to go. */
export default function SignIn() {
  const { t } = useTranslation('account');
  const to = ownPlace(useSearch({ strict: false }));
  const navigate = useNavigate();
  const info = useSignInInfo();
  return (
    <div className={styles.signIn}>
      <h1>{t('signIn.title')}</h1>
      <Ask of={info}>
        {({ organization, demo }) => (
          <>
            <p>{t('signIn.at', { organization: organization.name })}</p>
            <OwnSignIn label={t('signIn.passkey')} onDone={({ role }) => void navigate({ to: to ?? homeOf(role) })} />
            <p>
              <Link to="/join">{t('signIn.join')}</Link>
            </p>
            <p>
              <LostPhone />
            </p>
            <PasskeySignIn to={to} />
            <DemoPeople people={demo} to={to} />
          </>
        )}
      </Ask>
    </div>
  );
}
