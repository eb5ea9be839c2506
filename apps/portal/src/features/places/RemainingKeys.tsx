import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import { placesOf } from './places.ts';

/** At the end of a recovery: what is not done yet, and where it is done. Nothing where there is nothing left. */
export function RemainingKeys({ session }: { session: Session }) {
  const { t, i18n } = useTranslation('places');
  const places = useQuery({
    queryKey: ['places', session.patient, 'remaining'],
    queryFn: () => placesOf(session),
    gcTime: 0,
    structuralSharing: false,
  });
  const names = (places.data ?? []).flatMap(({ hasOldKey, organization }) => (hasOldKey ? [organization.name] : []));
  if (names.length === 0) return null;
  return (
    <section className="card" aria-labelledby="remaining">
      <h2 id="remaining">{t('remaining.title')}</h2>
      <p>{t('remaining.text', { names: new Intl.ListFormat(i18n.language).format(names) })}</p>
      <Link to="/account/places">{t('remaining.link')}</Link>
    </section>
  );
}
