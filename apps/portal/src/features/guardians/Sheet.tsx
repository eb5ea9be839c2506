import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { QrCode } from '../../ui/QrCode.tsx';
import styles from '../account/account.module.css';
import own from './guardians.module.css';

/** The sheet, this once: it is kept nowhere. Printed, nothing else of the page is on the paper. */
export function Sheet({ sheet, onDone }: { sheet: string; onDone: () => void }) {
  const { t, i18n } = useTranslation('guardians');
  const { name, organization } = useSignedIn();
  return (
    <>
      <h1 className="no-print">{t('sheet.title')}</h1>
      <p className="no-print">{t('sheet.text')}</p>
      <section className={own.sheet} aria-labelledby="sheet">
        <h2 id="sheet">{t('sheet.heading')}</h2>
        <p>
          <bdi>{name}</bdi> · {organization.name} · {dateText(new Date().toISOString(), i18n.language)}
        </p>
        <p>{t('sheet.how', { organization: organization.name })}</p>
        <p dir="ltr">
          <strong>{`${location.origin}/recover`}</strong>
        </p>
        <QrCode text={sheet} label={t('sheet.picture')} />
        <ol className={own.sheetCode} dir="ltr" aria-label={t('sheet.code')} data-testid="sheet">
          {sheet.split('-').map((group, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same groups in the same order.
            <li key={at}>{group}</li>
          ))}
        </ol>
        <p>{t('sheet.keep')}</p>
      </section>
      <div className={`${styles.form} no-print`}>
        <div className={styles.buttons}>
          <button type="button" className={styles.main} onClick={() => print()}>
            {t('sheet.print')}
          </button>
          <button type="button" className={styles.second} onClick={onDone}>
            {t('sheet.done')}
          </button>
        </div>
      </div>
    </>
  );
}
