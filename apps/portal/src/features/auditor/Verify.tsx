import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { type DragEvent, type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Session, useSession } from '../../app/session.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import styles from './auditor.module.css';
import { type Judgement, judgeEntry, judgeFile, judgeNode, judgeRecord } from './judge.ts';
import { Verdict } from './Verdict.tsx';

/** What is to be checked. */
type Asked =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'node' }
  | { readonly kind: 'name'; readonly name: string };

/** Checks a file, a record or a whole log, here in the browser, against the ledger's own answers: no node is believed. */
export default function Verify() {
  const { t } = useTranslation('auditor');
  const session = useSession();
  const { entry } = useSearch({ strict: false }) as { readonly entry?: unknown };
  const check = useMutation({ mutationFn: (asked: Asked) => judge(asked, session) });
  const { mutate } = check;
  // A link from the access log says which entry is meant.
  const named = typeof entry === 'number' && session !== null ? String(entry) : null;
  useEffect(() => {
    if (named !== null) mutate({ kind: 'name', name: named });
  }, [named, mutate]);
  return (
    <>
      <h1>{t('verify.title')}</h1>
      <p>{t('verify.text')}</p>
      <DropPlace take={(file) => mutate({ kind: 'file', file })} />
      <div className={styles.others}>
        <ByName session={session} take={(name) => mutate({ kind: 'name', name })} />
        <div>
          <Button variant="default" data-check-node="" onClick={() => mutate({ kind: 'node' })}>
            {t('verify.node')}
          </Button>
          <p className="muted">{t('verify.nodeText')}</p>
        </div>
      </div>
      {check.isPending && (
        <p role="status" data-loading="">
          {t('verify.working')}
        </p>
      )}
      {check.isError && <Failed error={check.error} again={() => mutate(check.variables)} />}
      {check.data && <Verdict of={check.data} />}
    </>
  );
}

async function judge(asked: Asked, session: Session | null): Promise<Judgement> {
  if (asked.kind === 'file') return judgeFile(await asked.file.text());
  if (asked.kind === 'node' || session === null) return judgeNode(location.origin);
  const { client, organization, role } = session;
  const one = role === 'auditor' ? judgeEntry : judgeRecord;
  return one(client, organization.id, asked.name);
}

/** A file is dropped here, or chosen. It is read in this page and goes nowhere. */
function DropPlace({ take }: { take: (file: File) => void }) {
  const { t } = useTranslation('auditor');
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an offer besides the control inside, which a keyboard reaches.
    <div
      className={styles.drop}
      data-drop=""
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p>{t('verify.drop')}</p>
      <label className={styles.choose}>
        {t('verify.choose')}
        <input
          type="file"
          className="visually-hidden"
          accept=".json,application/json"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) take(file);
            // The same file may be chosen again.
            currentTarget.value = '';
          }}
        />
      </label>
    </div>
  );
}

/** A single record, for who may read it; for an auditor a single access. */
function ByName({ session, take }: { session: Session | null; take: (name: string) => void }) {
  const { t } = useTranslation('auditor');
  const [name, setName] = useState('');
  if (session === null) {
    return (
      <p className="muted">
        {t('verify.signedOut')}{' '}
        <Link to="/sign-in" search={{ to: '/verify' }}>
          {t('verify.signIn')}
        </Link>
      </p>
    );
  }
  if (session.role === 'operator') return null;
  const auditor = session.role === 'auditor';
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== '') take(name);
  };
  return (
    <form className={styles.named} onSubmit={submit}>
      <TextInput
        label={t(auditor ? 'verify.entry' : 'verify.record')}
        placeholder={auditor ? '12' : 'Observation/7'}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Button type="submit" variant="default">
        {t('verify.go')}
      </Button>
    </form>
  );
}

/** A check that came to no verdict says so: it is neither a good one nor a bad one. */
function Failed({ error, again }: { error: unknown; again: () => void }) {
  const { t } = useTranslation('auditor');
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  const kind = code.startsWith('ledger-')
    ? 'ledger'
    : /^(json|export|accounting|report)-malformed$|^file-unknown$/.test(code)
      ? 'file'
      : code === 'reference-malformed'
        ? 'reference'
        : null;
  if (kind === null) return <ErrorState error={error} retry={again} />;
  return (
    <div role="alert" className={styles.noVerdict}>
      <h2>{t(`none.${kind}.title`)}</h2>
      <p>{t(`none.${kind}.text`)}</p>
      {kind === 'ledger' && (
        <Button variant="default" onClick={again}>
          {t('common:error.retry')}
        </Button>
      )}
    </div>
  );
}
