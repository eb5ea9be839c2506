import type { Dependant } from '@anamnesis/sdk';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import styles from '../account/account.module.css';
import { readAccount } from '../account/contents.ts';
import { Unlock } from '../account/Unlock.tsx';
import { OldKey } from '../places/OldKeys.tsx';
import { AddPerson } from './AddPerson.tsx';
import { isHere, lookAfter } from './family.ts';
import { MayAndMayNot } from './MayAndMayNot.tsx';

/** Children and people cared for: whose records she may look at and decide about besides her own. */
export default function Family() {
  const { t } = useTranslation('family');
  const now = useSignedIn();
  const session = now.holder ?? now;
  const isOpen = session.seed !== undefined;
  const account = useQuery({
    queryKey: ['account', session.id, isOpen],
    queryFn: () => readAccount(session),
    enabled: isOpen,
    gcTime: 0,
  });
  return (
    <>
      <h1>{t('title')}</h1>
      <p>{t('text')}</p>
      {isOpen ? (
        <>
          <Ask of={account}>{({ contents }) => <People all={contents?.dependants ?? []} />}</Ask>
          <AddPerson session={session} />
        </>
      ) : (
        <Unlock />
      )}
      <MayAndMayNot />
    </>
  );
}

function People({ all }: { all: readonly Dependant[] }) {
  const { t } = useTranslation('family');
  if (all.length === 0) return <EmptyState title={t('none')} text={t('noneText')} />;
  return (
    <ul className={styles.locks} aria-label={t('people')}>
      {all.map((one) => (
        <Person key={one.seed} one={one} />
      ))}
    </ul>
  );
}

function Person({ one }: { one: Dependant }) {
  const { t } = useTranslation('family');
  const session = useSignedIn();
  const navigate = useNavigate();
  const look = useMutation({
    mutationFn: () => lookAfter(session, one),
    onSuccess: () => navigate({ to: '/home' }),
  });
  const { name, kind } = one;
  // Her own keys and those of others are changed from her own session: that of a person cared for ends with the key.
  const old = session.holder === undefined ? one.relations.filter(({ keySeed }) => keySeed !== undefined) : [];
  return (
    <li>
      <div>
        <strong>
          <bdi>{name || t('nameless')}</bdi>
        </strong>
        <span className="muted">{t(`kind.${kind}`)}</span>
      </div>
      {isHere(one, session.organization.id) ? (
        <button
          type="button"
          className={styles.second}
          disabled={look.isPending}
          onClick={() => look.mutate()}
          aria-label={t('lookNamed', { name })}
        >
          {t('look')}
        </button>
      ) : (
        <span>{t('elsewhere')}</span>
      )}
      {look.isError && (
        <p role="alert" className={styles.problem}>
          {t('failed')}
        </p>
      )}
      {old.map((relation) => (
        <OldKey
          key={relation.organization}
          at={{ id: relation.organization, name: relation.name }}
          of={{ name: name || t('nameless'), seed: one.seed }}
        />
      ))}
    </li>
  );
}
