import { Link, Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Banners } from '../../ui/Banners.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Preferences } from '../../ui/Preferences.tsx';
import { SignedInAs } from '../../ui/SignedInAs.tsx';
import { pageRoutes } from '../routes.ts';
import { useSession } from '../session.ts';
import './full-styles.ts';
import styles from './layouts.module.css';
import { SkipLink } from './SkipLink.tsx';
import { useDensity } from './useDensity.ts';

/** Side bar and page: dense rows, everything of a task in sight. The entries are the routes' own (`nav`), those that this role may open. */
export default function StaffLayout() {
  const entries = useEntries();
  const { t } = useTranslation(['common', ...new Set(entries.map(({ label }) => label.split(':')[0] ?? 'common'))]);
  useDensity('staff');
  return (
    <div className={styles.staff}>
      <SkipLink />
      <header className={styles.top}>
        <SignedInAs />
        <Preferences />
      </header>
      <Banners />
      <div className={styles.two}>
        <nav className={styles.side} aria-label={t('nav.main')}>
          {entries.map(({ to, label }) => (
            <Link key={to} to={to} className={styles.entry} activeProps={{ 'aria-current': 'page' }}>
              {t(label)}
            </Link>
          ))}
        </nav>
        <main id="main" className={styles.page}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  );
}

function useEntries(): { readonly to: string; readonly label: string }[] {
  const role = useSession()?.role;
  return pageRoutes
    .flatMap(({ path, nav, for: roles }) => {
      const open = roles === undefined || (role !== undefined && roles.includes(role));
      return nav !== undefined && open ? [{ to: path, ...nav }] : [];
    })
    .sort((a, b) => a.order - b.order);
}
