import type { Resource } from '@anamnesis/sdk';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { codesOf, detailOf } from '../../chart/text.ts';
import { titleOf } from '../../chart/words.ts';
import { Origin } from '../../ui/Origin.tsx';
import { Banner } from '../clinician/Banner.tsx';
import type { Received } from '../clinician/received.ts';
import { FindingSection, Summary } from '../clinician/Summary.tsx';
import { Timeline } from '../clinician/Timeline.tsx';
import styles from './emergency.module.css';
import { DIRECTIVES } from './records.ts';

const DEVICES = ['Device', 'DeviceUseStatement'];

/** What was opened, what keeps somebody alive first; `everything`: then the whole history below it. `children` stand right below whose records they are. */
export function Records(props: {
  records: Extract<Received, { state: 'open' }>;
  everything: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation('emergency');
  const { resources, doubtful } = props.records;
  const patient = resources.find(({ resourceType }) => resourceType === 'Patient');
  const devices = resources.filter(({ resourceType }) => DEVICES.includes(resourceType));
  const directives = resources.filter(isDirective);
  return (
    <>
      <Banner patient={patient} resources={resources} />
      {props.children}
      {doubtful.length > 0 && <p className={styles.problem}>{t('doubtful', { count: doubtful.length })}</p>}
      <FindingSection topic="allergies" resources={resources} />
      {!props.everything && <FindingSection topic="problems" resources={resources} />}
      {!props.everything && <FindingSection topic="medicines" resources={resources} />}
      <Listed id="devices" title={t('devices')} none={t('devices.none')} resources={devices} />
      <Listed id="directives" title={t('directives')} none={t('directives.none')} resources={directives} />
      {props.everything && (
        <>
          <Summary records={{ all: resources, sources: [resources] }} />
          <section className={styles.section} aria-labelledby="history">
            <h2 id="history">{t('history')}</h2>
            <Timeline sources={[resources]} />
          </section>
        </>
      )}
    </>
  );
}

function isDirective(resource: Resource): boolean {
  const codes = [...codesOf(resource.type), ...codesOf(resource.category)];
  return codes.some((code) => DIRECTIVES.includes(code.split('|')[1] ?? ''));
}

function Listed(props: { id: string; title: string; none: string; resources: readonly Resource[] }) {
  const { t } = useTranslation(['emergency', 'chart']);
  return (
    <section className={styles.section} aria-labelledby={props.id}>
      <h2 id={props.id}>{props.title}</h2>
      {props.resources.length === 0 ? (
        <p className="muted">{props.none}</p>
      ) : (
        <ul className={styles.list}>
          {props.resources.map((one) => (
            <li key={`${one.resourceType}/${one.id}`} className={styles.item}>
              <strong>
                <bdi>{titleOf(one) ?? t(`chart:kind.${one.resourceType}`, t('chart:kind.other'))}</bdi>
              </strong>
              <bdi>{detailOf(one)}</bdi>
              <Origin resource={one} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
