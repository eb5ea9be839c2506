import { addLock, beginLock, type OfferedLock, passkeyLock, passphraseLock } from '@anamnesis/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Session, useSignedIn } from '../../app/session.ts';
import styles from './account.module.css';
import { changeContents } from './contents.ts';
import { noteFor } from './devices.ts';
import { type DeviceAttempt, prepareDevice } from './join.ts';
import { NewPassphrase } from './NewPassphrase.tsx';
import { Problem } from './Problem.tsx';

/** One more way in: a second device, or a passphrase where there is none yet. */
export function AddLock({ hasPassphrase }: { hasPassphrase: boolean }) {
  const { t } = useTranslation('account');
  const session = useSignedIn();
  const queries = useQueryClient();
  const [attempt, setAttempt] = useState<DeviceAttempt>({});
  const [weak, setWeak] = useState(false);
  const added = async (): Promise<void> => {
    setAttempt({});
    await queries.invalidateQueries({ queryKey: ['account'] });
  };
  const device = useMutation({
    mutationFn: () => addDevice(session, attempt),
    onSuccess: (opens) => (opens ? added() : setWeak(true)),
    onError: (error) => (error as { code?: unknown }).code === 'unauthorized' && setAttempt({}),
  });
  const phrase = useMutation({
    mutationFn: async (passphrase: string) => add(session, await passphraseLock(seedOf(session), passphrase)),
    onSuccess: added,
  });
  return (
    <>
      <button type="button" className={styles.second} disabled={device.isPending} onClick={() => device.mutate()}>
        {t('locks.addDevice')}
      </button>
      <p className="muted">{t('locks.addDeviceHow')}</p>
      {device.isSuccess && !weak && <p role="status">{t('locks.added')}</p>}
      {weak && (
        <p role="alert" className={styles.problem}>
          {t('locks.weak')}
        </p>
      )}
      <Problem error={device.error} />
      {!hasPassphrase && (
        <details className={styles.more}>
          <summary>{t('locks.addPassphrase')}</summary>
          <NewPassphrase busy={phrase.isPending} onChosen={(passphrase) => phrase.mutate(passphrase)} />
          <Problem error={phrase.error} />
        </details>
      )}
    </>
  );
}

/** Makes this device, or the one that the browser reaches, a lock. False when it gives nothing to lock with: then nothing is changed. */
async function addDevice(session: Session, attempt: DeviceAttempt): Promise<boolean> {
  await prepareDevice(attempt, () => beginLock(session.client));
  const { passkey, prf } = attempt;
  if (passkey === undefined || !prf) return false;
  await add(session, { ...(await passkeyLock(seedOf(session), passkey.id, prf)), credential: passkey.credential });
  return true;
}

async function add(session: Session, offered: OfferedLock): Promise<void> {
  const { lock } = offered;
  await addLock(session.client, offered);
  const named = noteFor(lock, true);
  // Without its name it opens as well.
  await changeContents(session, (now) => ({ ...now, settings: { ...now.settings, ...named } })).catch(() => {});
}

function seedOf({ seed }: Session): Uint8Array {
  if (seed === undefined) throw Object.assign(new Error('The account is locked'), { code: 'account-locked' });
  return seed;
}
