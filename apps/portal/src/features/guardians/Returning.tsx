import { deviceDigits, type Recovery, type RecoveryProgress, type SignInInfo } from '@anamnesis/sdk';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import styles from '../account/account.module.css';
import { MakeKey } from '../account/MakeKey.tsx';
import own from './guardians.module.css';
import { Problem } from './Problem.tsx';
import {
  type DeviceRecovery,
  fetchProgress,
  finishReturn,
  forgetRecovery,
  prepareReturn,
  putTogether,
  type ReturnAttempt,
  stopRecovery,
} from './recovery.ts';
import { SheetField } from './SheetField.tsx';

/** How often the new device asks how far it is, in milliseconds. */
const EVERY = 2_000;

interface Props {
  readonly device: DeviceRecovery;
  readonly info: SignInInfo;
  /** Begins anew, with another code. */
  readonly onAgain: () => void;
  readonly onDone: (session: Session) => void;
}

/** The wait of a new device: who has given her part, until when the owner may object, and at the end the new key. */
export function Returning({ device, info, onAgain, onDone }: Props) {
  const { t } = useTranslation('guardians');
  const [sheet, setSheet] = useState<string | undefined>();
  const [fitting, setFitting] = useState<{
    readonly attempt: ReturnAttempt;
    readonly given: NonNullable<RecoveryProgress['given']>;
  } | null>(null);
  const progress = useQuery({
    queryKey: ['recovery', device.newKey],
    queryFn: ({ signal }) => fetchProgress(device, signal),
    refetchInterval: ({ state }) => (state.data && state.data.recovery.state !== 'waiting' ? false : EVERY),
    gcTime: 0,
    retry: false,
  });
  // A token that is worth nothing any more: another tab began it again, or the node has forgotten it.
  if ((progress.error as { code?: unknown } | null)?.code === 'unauthorized') return <Over onAgain={onAgain} />;
  return (
    <Ask of={progress}>
      {(now) => {
        if (now.recovery.state === 'cancelled') return <Over onAgain={onAgain} cancelled />;
        // An end that another tab made.
        if (now.recovery.state === 'done' && fitting?.attempt.sent === undefined) return <Done />;
        // What was put together stays, whatever comes besides.
        if (fitting !== null)
          return (
            <MakeKey
              info={info}
              ready={t('finish.ready')}
              attempt={fitting.attempt}
              prepare={() => prepareReturn(device, fitting.attempt)}
              finish={(keeping) => finishReturn(device, fitting.given, fitting.attempt, info, keeping)}
              onDone={onDone}
            />
          );
        const { given, approvals } = now;
        return (
          <>
            <Parts info={info} now={now} sheet={sheet} />
            {sheet === undefined && <SheetField account={now.recovery.account} onRead={setSheet} />}
            {given !== null && (approvals.length > 0 || sheet !== undefined) ? (
              <Fit
                key={`${approvals.length} ${sheet}`}
                parts={{ device, now, sheet }}
                onFit={(attempt) => setFitting({ attempt, given })}
                onWrongSheet={() => setSheet(undefined)}
              />
            ) : (
              <Stop device={device} onStopped={() => void progress.refetch()} />
            )}
          </>
        );
      }}
    </Ask>
  );
}

/** The three parts, and which are there. */
function Parts({ info, now, sheet }: { info: SignInInfo; now: RecoveryProgress; sheet: string | undefined }) {
  const { t } = useTranslation('guardians');
  const { organization } = info;
  return (
    <>
      <p>{t('wait.text')}</p>
      <ul className={own.parts}>
        <li className={own.part} data-there={now.given !== null}>
          <strong>{organization.name}</strong>
          {now.given === null ? <Time recovery={now.recovery} /> : <span>{t('wait.organizationThere')}</span>}
        </li>
        <li className={own.part} data-there={now.approvals.length > 0}>
          <strong>{t('part.familyTitle')}</strong>
          {now.approvals.length > 0 ? <span>{t('wait.familyThere')}</span> : <Digits recovery={now.recovery} />}
        </li>
        <li className={own.part} data-there={sheet !== undefined}>
          <strong>{t('part.sheetTitle')}</strong>
          <span>{t(sheet === undefined ? 'wait.sheet' : 'wait.sheetThere')}</span>
        </li>
      </ul>
    </>
  );
}

/** Until when the organisation holds its part back, and how much of that time has gone. */
function Time({ recovery: { startedAt, readyAt } }: { recovery: Recovery }) {
  const { t, i18n } = useTranslation('guardians');
  const now = useNow();
  const gone = Math.min(Math.max((now - startedAt) / Math.max(readyAt - startedAt, 1), 0), 1);
  const when = dateText(new Date(readyAt).toISOString(), i18n.language, { time: true });
  return (
    <>
      <span>{t('wait.organization', { when })}</span>
      <span className={own.time} aria-hidden="true">
        <span style={{ inlineSize: `${Math.round(gone * 100)}%` }} />
      </span>
      <span className="muted">{t('wait.why')}</span>
    </>
  );
}

function Digits({ recovery: { newKey } }: { recovery: Recovery }) {
  const { t } = useTranslation('guardians');
  const digits = useQuery({ queryKey: ['digits', newKey], queryFn: () => deviceDigits(newKey) });
  return (
    <>
      <span>{t('wait.family')}</span>
      {digits.data && (
        <output className={own.digits} dir="ltr" aria-label={t('wait.digits')}>
          {digits.data.replace(/^.../, '$& ')}
        </output>
      )}
      <span className="muted">{t('wait.digitsText')}</span>
    </>
  );
}

interface Together {
  readonly device: DeviceRecovery;
  readonly now: RecoveryProgress;
  readonly sheet: string | undefined;
}

/** Puts two parts together, once for each set of them; where they do not fit it is said. */
function Fit({
  parts,
  onFit,
  onWrongSheet,
}: {
  parts: Together;
  onFit: (attempt: ReturnAttempt) => void;
  onWrongSheet: () => void;
}) {
  const { t } = useTranslation('guardians');
  const together = useMutation({
    mutationFn: ({ device, now, sheet }: Together) => putTogether(device, now, sheet),
    onSuccess: (attempt) => attempt !== null && onFit(attempt),
  });
  const [first] = useState(parts);
  const { mutate } = together;
  useEffect(() => mutate(first), [mutate, first]);
  if (together.data !== null) return null;
  return (
    <>
      <p role="alert" className={styles.problem}>
        {t(first.sheet === undefined ? 'problem.parts' : 'problem.sheetOld')}
      </p>
      {first.sheet !== undefined && (
        <button type="button" className={styles.second} onClick={onWrongSheet}>
          {t('sheetField.again')}
        </button>
      )}
    </>
  );
}

function Stop({ device, onStopped }: { device: DeviceRecovery; onStopped: () => void }) {
  const { t } = useTranslation('guardians');
  const stop = useMutation({ mutationFn: () => stopRecovery(device), onSuccess: onStopped });
  return (
    <>
      <button type="button" className={styles.second} disabled={stop.isPending} onClick={() => stop.mutate()}>
        {t('wait.stop')}
      </button>
      <Problem error={stop.error} />
    </>
  );
}

function Over({ onAgain, cancelled = false }: { onAgain: () => void; cancelled?: boolean }) {
  const { t } = useTranslation('guardians');
  return (
    <>
      <p role="alert" className={styles.problem}>
        {t(cancelled ? 'over.cancelled' : 'over.unknown')}
      </p>
      <button type="button" className={styles.second} onClick={onAgain}>
        {t('over.again')}
      </button>
    </>
  );
}

/** It came to its end in another tab, or before a reload. */
function Done() {
  const { t } = useTranslation('guardians');
  return (
    <>
      <p role="status">{t('done.text')}</p>
      <Link to="/sign-in" className={styles.main} onClick={() => void forgetRecovery()}>
        {t('done.signIn')}
      </Link>
    </>
  );
}

/** The present moment, in milliseconds since 1970; looked at again every second. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
