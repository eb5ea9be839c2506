import { type ComponentProps, useId } from 'react';
import styles from './account.module.css';

/** A labelled input with a word of help below the label. */
export function Field({
  label,
  hint,
  ...input
}: { label: string; hint?: string | undefined } & ComponentProps<'input'>) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p id={`${id}-hint`} className="muted">
          {hint}
        </p>
      )}
      <input {...input} id={id} {...(hint && { 'aria-describedby': `${id}-hint` })} />
    </div>
  );
}
