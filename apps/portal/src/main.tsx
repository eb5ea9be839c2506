import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { openI18n } from './app/i18n.ts';
import { resumeSession } from './app/session.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the application');
await Promise.all([openI18n(), resumeSession()]);
createRoot(root).render(<App />);
