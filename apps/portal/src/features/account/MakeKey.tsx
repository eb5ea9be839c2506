import type { SignInInfo } from '@anamnesis/sdk';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import styles from './account.module.css';
import type { DeviceAttempt, Keeping } from './join.ts';
import { NewPassphrase } from './NewPassphrase.tsx';
import { Problem } from './Problem.tsx';

interface Props {
  readonly info: SignInInfo;
  /** Said above the first button. */
  readonly ready: string;
  /** Kept by whoever shows this, so that nothing is begun anew. */
  readonly attempt: DeviceAttempt;
  /** Has the device make a passkey and give what seals. */
  readonly prepare: () => Promise<void>;
  /** Makes the account with what was chosen, and enters it. */
  readonly finish: (keeping: Keeping) => Promise<Session>;
  readonly onDone: (session: Session) => void;
}

/**
 * Chooses what opens the account: the device, or where it cannot, a passphrase or the organisation. A prompt that is cancelled changes nothing: the same
 * account goes on with the next try.
 */
export function MakeKey({ info, ready, attempt, prepare, finish, onDone }: Props) {
  const { t } = useTranslation('account');
  const [way, setWay] = useState<'device' | 'keeper' | 'passphrase'>('device');
  // A second click comes before the page has drawn that the first one is at work; it must not make a second passkey.
  const working = useRef(false);
  const once = (act: () => void): void => {
    if (working.current) return;
    working.current = true;
    act();
  };
  const onSettled = (): void => {
    working.current = false;
  };
  const device = useMutation({
    mutationFn: async () => {
      await prepare();
      return attempt.prf ? finish({ by: 'device' }) : null;
    },
    onSuccess: (session) => (session === null ? setWay('keeper') : onDone(session)),
    onSettled,
  });
  const other = useMutation({
    mutationFn: finish,
    onSuccess: onDone,
    onSettled,
    // The passkey that came too late is gone: the device is asked anew.
    onError: () => way === 'keeper' && attempt.passkey === undefined && setWay('device'),
  });
  const { name } = info.organization;
  const chosen = (passphrase: string): void => once(() => other.mutate({ by: 'me', passphrase }));
  if (way === 'device')
    return (
      <>
        <p>{ready}</p>
        <button
          type="button"
          className={styles.main}
          disabled={device.isPending}
          onClick={() => once(() => device.mutate())}
        >
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
            onClick={() => once(() => other.mutate({ by: 'organization' }))}
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
