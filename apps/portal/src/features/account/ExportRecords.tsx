import { stringifyJson } from '@anamnesis/protocol';
import { exportPatient } from '@anamnesis/sdk';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { keepFile } from '../../ui/keepFile.ts';
import styles from './account.module.css';

/** Her copy of everything, with what proves it, as a file. It never leaves this page but to her own disk. */
export function ExportRecords() {
  const { t } = useTranslation('account');
  const { client } = useSignedIn();
  const save = useMutation({
    mutationFn: async () => keepFile('anamnesis', stringifyJson(await exportPatient(client))),
  });
  return (
    <section className={styles.section} aria-labelledby="export">
      <h2 id="export">{t('export.title')}</h2>
      <p className="muted">{t('export.text')}</p>
      <button type="button" className={styles.second} disabled={save.isPending} onClick={() => save.mutate()}>
        {t('export.save')}
      </button>
      {save.isSuccess && <p role="status">{t('export.saved')}</p>}
      {save.isError && <ErrorState error={save.error} retry={() => save.mutate()} />}
    </section>
  );
}
