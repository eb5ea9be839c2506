import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, isLanguage, LANGUAGES } from '../../app/i18n.ts';
import { signOut, useSignedIn } from '../../app/session.ts';
import { Ask } from '../../ui/Ask.tsx';
import { CaredFor } from '../family/CaredFor.tsx';
import { FamilyLink } from '../family/FamilyLink.tsx';
import { AccountLinks } from '../guardians/AccountLinks.tsx';
import { PlacesLink } from '../places/PlacesLink.tsx';
import styles from './account.module.css';
import { readAccount } from './contents.ts';
import { Erasure } from './Erasure.tsx';
import { ExportRecords } from './ExportRecords.tsx';
import { Kept } from './Kept.tsx';
import { Locks } from './Locks.tsx';
import { Unlock } from './Unlock.tsx';

/** What belongs to her and not to her health: who keeps the account, what opens it, her language, her copy of everything, the way out. */
export default function Account() {
  return useSignedIn().holder === undefined ? <Own /> : <CaredFor />;
}

function Own() {
  const { t } = useTranslation('account');
  const session = useSignedIn();
  const isOpen = session.seed !== undefined;
  const account = useQuery({
    queryKey: ['account', session.id, isOpen],
    queryFn: () => readAccount(session),
    // The open contents stay no longer than the page.
    gcTime: 0,
  });
  return (
    <>
      <h1>{t('account.title')}</h1>
      <p>
        <bdi>{session.name}</bdi> · <span className="muted">{session.organization.name}</span>
      </p>
      {!isOpen && <Unlock />}
      <Ask of={account}>
        {(view) => (
          <>
            <Kept locks={view.account.locks} />
            <Locks {...view} />
          </>
        )}
      </Ask>
      <FamilyLink />
      <PlacesLink />
      <AccountLinks />
      <Language />
      <ExportRecords />
      <Erasure />
      <Leave />
    </>
  );
}

function Language() {
  const { t, i18n } = useTranslation('account');
  return (
    <section className={styles.section} aria-labelledby="language">
      <h2 id="language">{t('language.title')}</h2>
      <select
        className={styles.select}
        aria-labelledby="language"
        value={i18n.language}
        onChange={({ currentTarget: { value } }) => {
          if (isLanguage(value)) void chooseLanguage(value);
        }}
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </section>
  );
}

function Leave() {
  const { t } = useTranslation('account');
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    await navigate({ to: '/' });
    await signOut();
  };
  return (
    <section className={styles.section} aria-labelledby="leave">
      <h2 id="leave">{t('leave.title')}</h2>
      <p className="muted">{t('leave.text')}</p>
      <button type="button" className={styles.second} onClick={() => void leave()}>
        {t('leave.now')}
      </button>
    </section>
  );
}
