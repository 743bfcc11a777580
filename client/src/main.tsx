import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App, startApp } from './app/app.tsx';
import { activeLocale, loadMessages } from './i18n/locale.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const started = startApp();
const messages = await loadMessages(activeLocale());
createRoot(root).render(
  <StrictMode>
    <App {...started} messages={messages} />
  </StrictMode>,
);
