import styles from './account.module.css';
import { Field } from './Field.tsx';

interface CodeFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onCode: (code: string) => void;
}

/** Where a code of the desk is written. */
export function CodeField({ label, hint, value, onCode }: CodeFieldProps) {
  return (
    <Field
      label={label}
      hint={hint}
      value={value}
      onChange={({ currentTarget }) => onCode(currentTarget.value)}
      className={styles.code}
      autoComplete="off"
      autoCapitalize="characters"
      spellCheck={false}
      maxLength={40}
      required
      dir="ltr"
    />
  );
}
