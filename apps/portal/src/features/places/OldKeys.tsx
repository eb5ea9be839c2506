import type { Dependant } from '@anamnesis/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { usePress } from '../../ui/usePress.ts';
import styles from '../account/account.module.css';
import { Problem } from '../account/Problem.tsx';
import type { Custodian } from '../sharing/account.ts';
import { rotatePlace } from './rotatePlace.ts';

interface Props {
  readonly at: Custodian['organization'];
  /** Whose key it is, where not her own. */
  readonly of?: Pick<Dependant, 'name' | 'seed'>;
}

/** After a recovery: a place where the key of her lost devices still opens, and the way to end that. */
export function OldKey({ at, of }: Props) {
  const { t } = useTranslation('places');
  const session = useSignedIn();
  const queries = useQueryClient();
  const words = { name: at.name, person: of?.name };
  const forWhom = of === undefined ? '' : 'For';
  const change = useMutation({
    mutationFn: () => rotatePlace(session, at, of?.seed),
    onSuccess: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey: [first] }) => ['places', 'place', 'account'].includes(`${first}`),
      }),
  });
  const press = usePress(change.mutate);
  return (
    <>
      <p className="muted">{t(`oldKey.text${forWhom}`, words)}</p>
      <button type="button" className={styles.second} disabled={change.isPending} onClick={press}>
        {t(change.isPending ? 'oldKey.working' : `oldKey.change${forWhom}`, words)}
      </button>
      <Problem error={change.error} />
    </>
  );
}
