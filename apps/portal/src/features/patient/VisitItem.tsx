import type { Resource } from '@anamnesis/sdk';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { originOf } from '../../chart/origin.ts';
import { resultsOf, wordOf } from '../../chart/result.ts';
import { authorOf, dateText, detailOf } from '../../chart/text.ts';
import { isBilling, type Piece, type Visit } from '../../chart/visits.ts';
import { titleOf } from '../../chart/words.ts';
import { Origin } from '../../ui/Origin.tsx';
import { Seal } from '../../ui/Seal.tsx';
import styles from './patient.module.css';

/** A visit with everything that was recorded at it, each with where it came from and whether it is sealed; or the next piece of a long one. */
export const VisitItem = memo(({ visit, heading: Heading = 'h2' }: { visit: Visit | Piece; heading?: 'h2' | 'h3' }) => {
  const { t, i18n } = useTranslation('patient');
  const { when, title, place, person, items, encounter } = visit;
  const occasion = isBilling(visit) ? t('records.bills') : t('records.noVisit');
  const name = encounter ? (title ?? t('records.visit')) : occasion;
  const continued = 'continued' in visit && visit.continued;
  const date = dateText(when, i18n.language);
  return (
    <section className={styles.visit}>
      <p className="muted">{continued ? `${date} · ${name}` : date}</p>
      {!continued && <Heading>{name}</Heading>}
      {!continued && (place || person) && <p className="muted">{[person, place].filter(Boolean).join(' · ')}</p>}
      {items.length === 0 && <p className="muted">{t('records.emptyVisit')}</p>}
      <ul className={styles.list}>
        {items.map((item) => (
          <RecordItem key={`${item.resourceType}/${item.id}`} resource={item} of={visit} />
        ))}
      </ul>
    </section>
  );
});
VisitItem.displayName = 'VisitItem';

function RecordItem({ resource, of }: { resource: Resource; of: Visit }) {
  const { t } = useTranslation(['patient', 'chart']);
  const { resourceType: type, id = '' } = resource;
  const kind = t(`chart:kind.${type}`, t('chart:kind.other'));
  const author = authorOf(resource);
  const [result] = resultsOf(resource);
  const word = result ? wordOf(result) : 'unknown';
  const said = word === 'unknown' ? undefined : t(`chart:word.${word}`);
  const detail = [said, detailOf(resource)].filter(Boolean).join(' · ');
  return (
    <li className={styles.item}>
      <div className={styles.row}>
        <Link to="/records/$type/$id" params={{ type, id }} search={whereOf(resource)} className={styles.title}>
          {titleOf(resource) ?? kind}
        </Link>
        {originOf(resource) ? <Origin resource={resource} /> : <Seal resource={resource} />}
      </div>
      {detail !== '' && <p className={styles.detail}>{detail}</p>}
      <p className="muted">
        {kind}
        {author && author !== of.person && author !== of.place && ` · ${author}`}
        {isCorrected(resource) && ` · ${t('records.corrected')}`}
      </p>
    </li>
  );
}

/** The query of a record's address: whose it is, when it is not the home organisation's. */
export function whereOf(resource: Resource): { readonly at?: number } {
  const origin = originOf(resource);
  return origin === undefined ? {} : { at: origin.custodian };
}

/** A later version than the first, or one that says so. */
export function isCorrected({ status, meta }: Resource): boolean {
  return status === 'corrected' || status === 'amended' || Number(meta?.versionId ?? 1) > 1;
}
