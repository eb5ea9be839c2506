import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { DemoPeople } from '../account/DemoPeople.tsx';
import { useSignInInfo } from '../account/useSignInInfo.ts';
import styles from './landing.module.css';

/** What each reader finds here; the first word of each key is the role. */
const ROLES: readonly { readonly role: string; readonly to: string; readonly icon: IconName }[] = [
  { role: 'patient', to: '/home', icon: 'person' },
  { role: 'clinician', to: '/patients', icon: 'visit' },
  { role: 'operator', to: '/health', icon: 'machine' },
  { role: 'auditor', to: '/verify', icon: 'check' },
];

/** The first page: what this is in three sentences, the tour, and a door for everybody. */
export default function Landing() {
  const { t } = useTranslation('landing');
  const info = useSignInInfo();
  return (
    <>
      <h1 className={styles.name}>Anamnesis</h1>
      <p className={styles.lead}>{t('lead')}</p>
      <div className={styles.actions}>
        <Link to="/sign-in" className={styles.primary}>
          {t('signIn')}
        </Link>
        <Link to="/tour" className={styles.secondary}>
          {t('tour')}
        </Link>
      </div>
      <ul className={styles.roles}>
        {ROLES.map(({ role, to, icon }) => (
          <li key={role} className="card">
            <Icon name={icon} />
            <h2>
              <Link to={to}>{t(`${role}.title`)}</Link>
            </h2>
            <p className="muted">{t(`${role}.text`)}</p>
          </li>
        ))}
      </ul>
      {info.data && <DemoPeople people={info.data.demo} />}
      <p className={styles.note}>{t('note')}</p>
    </>
  );
}
