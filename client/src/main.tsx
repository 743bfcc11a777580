import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App, startApp } from './app/app.tsx';
import { StartFailure, TopBoundary } from './app/top-boundary.tsx';
import { activeLocale, loadMessages } from './i18n/locale.tsx';

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no #root');
const root = createRoot(container);

try {
  const [messages, started] = await Promise.all([loadMessages(activeLocale()), startApp()]);
  root.render(
    <StrictMode>
      <TopBoundary texts={messages.crash}>
        <App {...started} messages={messages} />
      </TopBoundary>
    </StrictMode>,
  );
} catch (error) {
  root.render(<StartFailure error={error} />);
  throw error;
}
