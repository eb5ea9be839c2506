import { cancelRecovery, getRecoveries, type Recovery } from '@anamnesis/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import styles from '../account/account.module.css';
import own from './guardians.module.css';
import { Problem } from './Problem.tsx';

/** How often it is looked whether somebody began to get an account back, in milliseconds. */
const EVERY = 5_000;

/** On the first page: somebody gets into her account with a new device, which she ends in one tap; somebody whom she helps is asking. */
export function HomeNotices() {
  const { t } = useTranslation('guardians');
  const session = useSignedIn();
  // Hers, whomever she looks at.
  const { client, id } = session.holder ?? session;
  const recoveries = useQuery({
    queryKey: ['recoveries', id],
    queryFn: ({ signal }) => getRecoveries(client, { signal }),
    refetchInterval: EVERY,
  });
  const { own: mine = [], asGuardian = [] } = recoveries.data ?? {};
  const waiting = asGuardian.filter(({ approved }) => !approved);
  return (
    <>
      {mine
        .filter(({ state }) => state === 'waiting')
        .map((recovery) => (
          <Running key={recovery.id} recovery={recovery} />
        ))}
      {waiting.length > 0 && (
        <section className={`${own.notice} ${own.asked}`} aria-label={t('notice.asked', { count: waiting.length })}>
          <p>{t('notice.asked', { count: waiting.length })}</p>
          <Link to="/account/helping">{t('notice.help')}</Link>
        </section>
      )}
    </>
  );
}

function Running({ recovery }: { recovery: Recovery }) {
  const { t, i18n } = useTranslation('guardians');
  const session = useSignedIn();
  const { client } = session.holder ?? session;
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelRecovery(client, { id: recovery.id }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['recoveries'] }),
  });
  const at = (time: number): string => dateText(new Date(time).toISOString(), i18n.language, { time: true });
  return (
    <section className={own.notice} aria-labelledby={recovery.id}>
      <h2 id={recovery.id}>{t('notice.title')}</h2>
      <p>{t('notice.text', { started: at(recovery.startedAt), ready: at(recovery.readyAt) })}</p>
      <button
        type="button"
        className={`${styles.second} ${styles.danger}`}
        disabled={cancel.isPending}
        onClick={() => cancel.mutate()}
      >
        {t('notice.stop')}
      </button>
      <Problem error={cancel.error} />
    </section>
  );
}
