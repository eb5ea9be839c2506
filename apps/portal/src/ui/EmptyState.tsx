import type { ReactNode } from 'react';
import styles from './states.module.css';

/** Says that there is nothing, and why; a section is never left blank. `action`: what can be done about it. */
export function EmptyState({ title, text, action }: { title: string; text?: string; action?: ReactNode }) {
  return (
    <div className={styles.state}>
      <p className={styles.title}>{title}</p>
      {text && <p className="muted">{text}</p>}
      {action}
    </div>
  );
}
