import { Outlet } from '@tanstack/react-router';
import { Preferences } from '../../ui/Preferences.tsx';
import styles from './layouts.module.css';
import { SkipLink } from './SkipLink.tsx';
import { useDensity } from './useDensity.ts';

/** Before sign-in, and whatever stands alone. */
export default function PlainLayout() {
  useDensity('patient');
  return (
    <>
      <SkipLink />
      <header className={styles.plainTop}>
        <Preferences />
      </header>
      <main id="main" className={styles.plain}>
        <Outlet />
      </main>
    </>
  );
}
