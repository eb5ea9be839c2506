import type { SignInInfo } from '@anamnesis/sdk';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import styles from './account.module.css';
import { join, type Keeping, newAttempt, prepareJoin } from './join.ts';
import { NewPassphrase } from './NewPassphrase.tsx';
import { Problem } from './Problem.tsx';

/**
 * Chooses what opens the account: the device, or where it cannot, a passphrase or the organisation. A prompt that is cancelled changes nothing: the same
 * account goes on with the next try.
 */
export function MakeKey({
  code,
  info,
  onDone,
}: {
  code: string;
  info: SignInInfo;
  onDone: (session: Session) => void;
}) {
  const { t } = useTranslation('account');
  const [attempt] = useState(() => newAttempt(code));
  const [way, setWay] = useState<'device' | 'keeper' | 'passphrase'>('device');
  const device = useMutation({
    mutationFn: async () => {
      await prepareJoin(attempt);
      return attempt.prf ? join(attempt, info, { by: 'device' }) : null;
    },
    onSuccess: (session) => (session === null ? setWay('keeper') : onDone(session)),
  });
  const other = useMutation({
    mutationFn: (keeping: Keeping) => join(attempt, info, keeping),
    onSuccess: onDone,
    // The passkey that came too late is gone: the device is asked anew.
    onError: () => way === 'keeper' && attempt.passkey === undefined && setWay('device'),
  });
  const { name } = info.organization;
  const chosen = (passphrase: string): void => other.mutate({ by: 'me', passphrase });
  if (way === 'device')
    return (
      <>
        <p>{t('join.ready', { organization: name })}</p>
        <button type="button" className={styles.main} disabled={device.isPending} onClick={() => device.mutate()}>
          {t('join.device')}
        </button>
        <p className="muted">{t('join.deviceHow')}</p>
        <Problem error={device.error ?? other.error} />
        <p>
          <button
            type="button"
            className={styles.link}
            disabled={device.isPending}
            onClick={() => setWay('passphrase')}
          >
            {t('join.withPassphrase')}
          </button>
        </p>
      </>
    );
  return (
    <>
      <h2>{t('keeper.title')}</h2>
      {way === 'keeper' && <p>{t('keeper.text')}</p>}
      <section className="card" aria-labelledby="keep-me">
        <h3 id="keep-me">{t('keeper.me')}</h3>
        <p className="muted">{t('keeper.meText')}</p>
        <NewPassphrase busy={other.isPending} onChosen={chosen} />
      </section>
      {way === 'keeper' && (
        <section className="card" aria-labelledby="keep-them">
          <h3 id="keep-them">{t('kept.by', { keeper: name })}</h3>
          <p className="muted">{t('keeper.organizationText', { organization: name })}</p>
          <button
            type="button"
            className={styles.second}
            disabled={other.isPending}
            onClick={() => other.mutate({ by: 'organization' })}
          >
            {t('keeper.organization', { organization: name })}
          </button>
        </section>
      )}
      <Problem error={other.error} />
      {way === 'passphrase' && (
        <p>
          <button type="button" className={styles.link} disabled={other.isPending} onClick={() => setWay('device')}>
            {t('keeper.back')}
          </button>
        </p>
      )}
    </>
  );
}
