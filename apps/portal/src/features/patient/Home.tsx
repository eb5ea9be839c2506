import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';

export default function Home() {
  const { t } = useTranslation('patient');
  const { name } = useSignedIn();
  return <h1>{t('home.title', { name: name.split(' ')[0] })}</h1>;
}
