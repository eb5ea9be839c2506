import type { Relation } from '@anamnesis/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import { readAccount } from '../account/contents.ts';

const isOld = ({ keySeed }: Relation): boolean => keySeed !== undefined;

/** At the end of a recovery: what is not done yet, for her and for the people whom she looks after, and where it is done. Nothing where there is nothing left. */
export function RemainingKeys({ session }: { session: Session }) {
  const { t, i18n } = useTranslation(['places', 'family']);
  const account = useQuery({
    queryKey: ['account', session.id, 'remaining'],
    queryFn: () => readAccount(session),
    gcTime: 0,
    structuralSharing: false,
  });
  const { relations = [], dependants = [] } = account.data?.contents ?? {};
  const places = relations.filter(isOld).map(({ name }) => name);
  const people = dependants.filter((one) => one.relations.some(isOld)).map(({ name }) => name || t('family:nameless'));
  const list = new Intl.ListFormat(i18n.language);
  if (places.length + people.length === 0) return null;
  return (
    <section className="card" aria-labelledby="remaining">
      <h2 id="remaining">{t('remaining.title')}</h2>
      {places.length > 0 && (
        <>
          <p>{t('remaining.text', { names: list.format(places) })}</p>
          <Link to="/account/places">{t('remaining.link')}</Link>
        </>
      )}
      {people.length > 0 && (
        <>
          <p>{t('remaining.people', { names: list.format(people) })}</p>
          <Link to="/family">{t('remaining.family')}</Link>
        </>
      )}
    </section>
  );
}
