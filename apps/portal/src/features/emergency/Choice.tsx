import { Radio } from '@mantine/core';
import styles from './emergency.module.css';

/** A question with a few answers, all of them in sight: one click each. */
export function Choice<Name extends string>(props: {
  label: string;
  value: string | null;
  set: (value: string) => void;
  of: readonly Name[];
  text: (one: Name) => string;
  error?: string | undefined;
}) {
  return (
    <Radio.Group label={props.label} value={props.value} onChange={props.set} error={props.error}>
      <div className={styles.choices}>
        {props.of.map((one) => (
          <Radio.Card key={one} value={one} className={styles.choice}>
            <Radio.Indicator color="emergency" />
            <span>{props.text(one)}</span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}
