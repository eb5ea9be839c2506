import { type AccountContents, type Lock, removeLock } from '@anamnesis/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { AddLock } from './AddLock.tsx';
import styles from './account.module.css';
import { type AccountView, changeContents } from './contents.ts';
import { mayGo, noteOf, withoutNote } from './devices.ts';
import { Problem } from './Problem.tsx';

/** Everything that opens the account; more is added and taken away here. */
export function Locks({ account, contents }: AccountView) {
  const { t } = useTranslation('account');
  const { locks } = account;
  return (
    <section className={styles.section} aria-labelledby="locks">
      <h2 id="locks">{t('locks.title')}</h2>
      <p className="muted">{t('locks.text')}</p>
      <ul className={styles.locks}>
        {locks.map((lock) => (
          <Row key={lock.id} lock={lock} locks={locks} contents={contents} />
        ))}
      </ul>
      {locks.some(({ kind }) => kind === 'passphrase') && (
        <p>
          {t('locks.number')} <bdi dir="ltr">{account.id}</bdi>
        </p>
      )}
      {contents !== null && <AddLock hasPassphrase={locks.some(({ kind }) => kind === 'passphrase')} />}
    </section>
  );
}

function Row({ lock, locks, contents }: { lock: Lock; locks: readonly Lock[]; contents: AccountContents | null }) {
  const { t, i18n } = useTranslation('account');
  const session = useSignedIn();
  const queries = useQueryClient();
  const [asked, setAsked] = useState(false);
  const note = contents === null ? { opens: true } : noteOf(contents, lock);
  const name =
    lock.kind === 'organization' ? t('kept.by', { keeper: lock.keeper }) : (note.name ?? t(`lock.${lock.kind}`));
  const remove = useMutation({
    mutationFn: async () => {
      if (contents === null || !mayGo(contents, locks, lock.id)) {
        throw Object.assign(new Error('It is the last way in'), { code: 'last-way' });
      }
      await removeLock(session.client, { id: lock.id });
      const forgotten = (now: AccountContents) => ({ ...now, settings: withoutNote(now.settings ?? {}, lock.id) });
      await changeContents(session, forgotten).catch(() => {}); // A name too many is no harm.
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['account'] }),
  });
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <span className="muted">
          {!note.opens && `${t('lock.signsOnly')} · `}
          {note.since ? t('lock.since', { day: dateText(note.since, i18n.language) }) : t(`lock.${lock.kind}`)}
        </span>
      </div>
      {contents !== null &&
        (asked ? (
          <div className={styles.buttons}>
            <button
              type="button"
              className={`${styles.second} ${styles.danger}`}
              disabled={remove.isPending}
              onClick={() => remove.mutate()}
            >
              {t('lock.removeNow')}
            </button>
            <button type="button" className={styles.second} onClick={() => setAsked(false)}>
              {t('lock.keep')}
            </button>
          </div>
        ) : (
          <button
            type="button"
            className={styles.second}
            aria-label={t('lock.removeNamed', { name })}
            onClick={() => setAsked(true)}
          >
            {t('lock.remove')}
          </button>
        ))}
      <Problem error={remove.error} />
    </li>
  );
}
