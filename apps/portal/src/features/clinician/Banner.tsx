import type { Resource } from '@anamnesis/sdk';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { dateText } from '../../chart/text.ts';
import { titleOf } from '../../chart/words.ts';
import { Icon } from '../../ui/Icon.tsx';
import styles from './clinician.module.css';
import { findingsOf } from './findings.ts';
import { ageOf, personOf } from './person.ts';

/** Whose chart it is, and her allergies: in sight however far one scrolls, so that nobody is mistaken for somebody else. */
export function Banner(props: { patient: Resource | undefined; resources: readonly Resource[]; children?: ReactNode }) {
  const { t, i18n } = useTranslation('clinician');
  const { name, birthDate, gender, identifiers } = personOf(props.patient ?? { resourceType: 'Patient' });
  const age = birthDate === undefined ? undefined : ageOf(birthDate);
  return (
    <div className={styles.banner}>
      <h1>
        <bdi>{name ?? t('person.noName')}</bdi>
      </h1>
      <p>
        {birthDate ? dateText(birthDate, i18n.language) : t('person.noBirthDate')}
        {age !== undefined && ` · ${t('person.age', { count: age })}`}
        {gender && ` · ${t(`gender.${gender}`, t('gender.unknown'))}`}
      </p>
      {identifiers[0] && (
        <p className="muted">
          <bdi>{identifiers[0]}</bdi>
        </p>
      )}
      <Allergies resources={props.resources} />
      {props.children}
    </div>
  );
}

function Allergies({ resources }: { resources: readonly Resource[] }) {
  const { t, i18n } = useTranslation('clinician');
  const { known, items } = findingsOf(resources, 'allergies');
  const names = items.map((one) => titleOf(one) ?? t('allergy.noName'));
  return (
    <p className={styles.allergies} data-known={known}>
      {known !== 'none' && <Icon name="warning" size={16} />}
      {known === 'some'
        ? t('banner.allergies', {
            names: new Intl.ListFormat(i18n.language, { type: 'unit' }).format([...new Set(names)]),
          })
        : t(`allergies.${known}`)}
    </p>
  );
}
