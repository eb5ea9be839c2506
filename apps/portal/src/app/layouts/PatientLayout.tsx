import { Link, Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { ActingFor, FamilySwitch } from '../../ui/ActingFor.tsx';
import { Banners } from '../../ui/Banners.tsx';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Preferences } from '../../ui/Preferences.tsx';
import { SignedInAs } from '../../ui/SignedInAs.tsx';
import './full-styles.ts';
import styles from './layouts.module.css';
import { SkipLink } from './SkipLink.tsx';
import { useDensity } from './useDensity.ts';

/** The five places of a patient: never more, so that each is one tap away with a word below it. */
const PLACES: readonly { readonly to: string; readonly label: string; readonly icon: IconName }[] = [
  { to: '/home', label: 'nav.home', icon: 'home' },
  { to: '/records', label: 'nav.records', icon: 'records' },
  { to: '/sharing', label: 'nav.sharing', icon: 'sharing' },
  { to: '/activity', label: 'nav.activity', icon: 'activity' },
  { to: '/account', label: 'nav.account', icon: 'account' },
];

/** One column of 640 px and a bottom bar of five. */
export default function PatientLayout() {
  const { t } = useTranslation();
  useDensity('patient');
  return (
    <div className={styles.patient}>
      <SkipLink />
      <header className={styles.top}>
        <SignedInAs />
        <FamilySwitch />
        <Preferences />
      </header>
      <ActingFor />
      <Banners />
      <main id="main" className={styles.column}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <nav className={styles.bottom} aria-label={t('nav.main')}>
        {PLACES.map(({ to, label, icon }) => (
          <Link key={to} to={to} className={styles.place} activeProps={{ 'aria-current': 'page' }}>
            <Icon name={icon} />
            <span>{t(label)}</span>
          </Link>
        ))}
      </nav>
    </div>
  );
}
