import { useTranslation } from 'react-i18next';

export default function Records() {
  const { t } = useTranslation('patient');
  return <h1>{t('records.title')}</h1>;
}
