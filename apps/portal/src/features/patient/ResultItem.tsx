import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../chart/result.ts';
import { dateText } from '../../chart/text.ts';
import { Origin } from '../../ui/Origin.tsx';
import { ResultLine } from '../../ui/ResultLine.tsx';
import styles from './patient.module.css';
import { whereOf } from './VisitItem.tsx';

/** The newest result of one kind; its name leads to how it went over time, or to the record when there is only one. */
export function ResultItem({ result, count }: { result: Result; count: number }) {
  const { t, i18n } = useTranslation('patient');
  const { resource, name, when } = result;
  const id = resource.id ?? '';
  return (
    <li className={styles.result}>
      <div className={styles.row}>
        {count > 1 ? (
          <Link to="/trends/$id" params={{ id }} search={whereOf(resource)} className={styles.title}>
            {name}
          </Link>
        ) : (
          <Link
            to="/records/$type/$id"
            params={{ type: resource.resourceType, id }}
            search={whereOf(resource)}
            className={styles.title}
          >
            {name}
          </Link>
        )}
        <span className="muted">{dateText(when, i18n.language)}</span>
      </div>
      <ResultLine result={result} />
      <Origin resource={resource} />
      {count > 1 && <p className="muted">{t('results.measured', { count })}</p>}
    </li>
  );
}
