import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Scan } from '../../ui/Scan.tsx';
import styles from '../account/account.module.css';
import own from './guardians.module.css';
import { judgeSheet } from './recovery.ts';

/** The printed sheet, typed from the paper: capitals, spaces and strokes do not matter, and a slip of the pen is found at once. */
export function SheetField({ account, onRead }: { account: string; onRead: (sheet: string) => void }) {
  const { t } = useTranslation('guardians');
  const id = useId();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState<'slip' | 'another' | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = judgeSheet(text, account);
    setWrong(found === 'fits' ? null : found);
    if (found === 'fits') onRead(text);
  };
  return (
    <details className={styles.more}>
      <summary>{t('sheetField.open')}</summary>
      <form className={styles.form} onSubmit={submit}>
        <div className={styles.field}>
          <label htmlFor={id}>{t('sheetField.label')}</label>
          <p id={`${id}-hint`} className="muted">
            {t('sheetField.hint')}
          </p>
          <textarea
            id={id}
            aria-describedby={`${id}-hint`}
            className={own.text}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            maxLength={400}
            required
            dir="ltr"
          />
        </div>
        <Scan onRead={setText} />
        {wrong && (
          <p role="alert" className={styles.problem}>
            {t(wrong === 'slip' ? 'problem.sheetSlip' : 'problem.sheetAnother')}
          </p>
        )}
        <button type="submit" className={styles.second}>
          {t('sheetField.use')}
        </button>
      </form>
    </details>
  );
}
