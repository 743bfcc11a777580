// Runs before the first paint, so that neither the colour scheme nor the language changes under the reader's eyes.
(() => {
  let scheme = null;
  let locale = null;
  try {
    scheme = localStorage.getItem('latchkey-color-scheme');
    locale = localStorage.getItem('latchkey-locale');
  } catch {
    // Storage is switched off: the system's settings hold.
  }
  const dark = scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark ? '#131816' : '#f6f8f6');
  const language = locale ?? (navigator.language.startsWith('de') ? 'de' : 'en');
  document.documentElement.lang = language;

  // The language and the page come beside the app, not after it. While developing there is nothing to fetch ahead.
  const next = JSON.parse(document.querySelector('meta[name="next-code"]')?.content ?? '{}');
  for (const file of [...(next[language] ?? []), ...(next[location.pathname] ?? [])]) {
    if (file.endsWith('.css')) {
      fetch(`/${file}`).catch(() => {});
      continue;
    }
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.crossOrigin = '';
    link.href = `/${file}`;
    document.head.append(link);
  }
})();
