import { stringifyJson } from '@anamnesis/protocol';
import { getReport, type ReportFile } from '@anamnesis/sdk';
import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { keepFile } from '../../ui/keepFile.ts';
import styles from './auditor.module.css';
import { type Judgement, judgeFile } from './judge.ts';
import { Verdict } from './Verdict.tsx';

/** The report of a period: made and signed by the node, saved as a file, and checked here as a stranger would check it. */
export default function Reports() {
  const { t } = useTranslation('auditor');
  const { client } = useSignedIn();
  const [from, setFrom] = useState(firstOfMonth);
  const [to, setTo] = useState(today);
  const making = useMutation({
    mutationFn: async (): Promise<{ file: ReportFile; verdict: Judgement }> => {
      const file = await getReport(client, { from, to });
      const text = stringifyJson(file);
      keepFile('anamnesis-report', text);
      return { file, verdict: await judgeFile(text) };
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!making.isPending) making.mutate();
  };
  return (
    <>
      <h1>{t('report.title')}</h1>
      <p>{t('report.text')}</p>
      <form className={styles.filters} onSubmit={submit}>
        <TextInput
          type="date"
          label={t('report.from')}
          value={from}
          onChange={(e) => setFrom(e.currentTarget.value)}
          required
        />
        <TextInput
          type="date"
          label={t('report.to')}
          value={to}
          onChange={(e) => setTo(e.currentTarget.value)}
          required
        />
        <Button type="submit" loading={making.isPending}>
          {t('report.make')}
        </Button>
      </form>
      {making.isPending && (
        <p role="status" data-loading="">
          {t('verify.working')}
        </p>
      )}
      {making.isError && <ErrorState error={making.error} retry={() => making.mutate()} />}
      {making.data && <Made {...making.data} />}
    </>
  );
}

function Made({ file, verdict }: { file: ReportFile; verdict: Judgement }) {
  const { t, i18n } = useTranslation('auditor');
  const number = (value: number): string => value.toLocaleString(i18n.language);
  const waiting = file.emergencies.filter(({ state }) => state === 'due' || state === 'overdue').length;
  const standing = file.findings.filter(({ goneAt }) => goneAt === null).length;
  return (
    <>
      <p role="status">{t('report.saved')}</p>
      <dl className={styles.facts}>
        <div>
          <dt>{t('report.emergencies')}</dt>
          <dd>
            {number(file.emergencies.length)}
            {waiting > 0 && ` · ${t('report.waiting', { number: number(waiting) })}`}
          </dd>
        </div>
        <div>
          <dt>{t('report.findings')}</dt>
          <dd>{standing === 0 ? t('report.noFindings') : number(standing)}</dd>
        </div>
      </dl>
      <Verdict of={verdict} />
    </>
  );
}

const today = (): string => new Date().toISOString().slice(0, 10);
const firstOfMonth = (): string => `${today().slice(0, 8)}01`;
