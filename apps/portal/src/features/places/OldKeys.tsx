import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import styles from '../account/account.module.css';
import { Problem } from '../account/Problem.tsx';
import type { Place } from './places.ts';
import { rotatePlace } from './rotatePlace.ts';

/** After a recovery: a place where the key of her lost devices still opens, and the way to end that. */
export function OldKey({ place }: { place: Place }) {
  const { t } = useTranslation('places');
  const session = useSignedIn();
  const queries = useQueryClient();
  const { id, name } = place.organization;
  const working = useRef(false);
  const change = useMutation({
    mutationFn: () => rotatePlace(session, id),
    onSettled: () => {
      working.current = false;
    },
    onSuccess: () =>
      queries.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'places' || first === 'place' }),
  });
  const press = (): void => {
    if (working.current) return;
    working.current = true;
    change.mutate();
  };
  return (
    <>
      <p className="muted">{t('oldKey.text', { name })}</p>
      <button type="button" className={styles.second} disabled={change.isPending} onClick={press}>
        {t(change.isPending ? 'oldKey.working' : 'oldKey.change', { name })}
      </button>
      <Problem error={change.error} />
    </>
  );
}
