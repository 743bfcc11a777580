/**
 * Runs before the first paint, from the page itself: picks colours and language, asks for what the app is about to ask
 * for, and shows what the build has drawn of the page. The app then takes the place of that. What is imported here stands
 * in the page, too.
 */
import type { User } from '@latchkey/shared/schemas';
import { initialsOf } from '../i18n/initials.ts';
import type { EarlyCalls } from '../session/early-calls.ts';
import { createAccountDrawing } from './account-drawing.ts';
import { callEarly } from './call-early.ts';

const root = document.documentElement;
const { pathname, search } = location;

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Storage is switched off: the system's settings hold.
    return null;
  }
}

const scheme = stored('latchkey-color-scheme');
const isDark = scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
root.dataset.mantineColorScheme = isDark ? 'dark' : 'light';
document.querySelector('meta[name="theme-color"]')?.setAttribute('content', isDark ? '#131816' : '#f6f8f6');
const choice = stored('latchkey-locale');
const language = choice === 'de' || choice === 'en' ? choice : navigator.language.startsWith('de') ? 'de' : 'en';
root.lang = language;

const mayBeSignedIn = stored('latchkey-session') !== null;
const isWhole = pathname === '/' || (pathname === '/sign-in' && search === '' && !mayBeSignedIn);
const isOverview = pathname === '/account' && mayBeSignedIn;
const frame = pathname.startsWith('/account') && mayBeSignedIn ? 'account' : 'entry';
const name = isWhole ? pathname : /^\/(?:dev|admin)\b/.test(pathname) ? '' : frame;

// While developing there is nothing to fetch ahead.
const nextCode = document.querySelector<HTMLMetaElement>('meta[name="next-code"]')?.content;
if (mayBeSignedIn && 'locks' in navigator && nextCode) {
  window.latchkeyEarly = callEarly({ withDevices: isOverview });
}

const drawn = document.createElement('div');
drawn.dataset.drawn = name;

function templateOf(id: string): HTMLTemplateElement | undefined {
  const template = document.getElementById(id);
  return template instanceof HTMLTemplateElement ? template : undefined;
}

const copyOf = (id: string): Node[] => [templateOf(id)?.content.cloneNode(true)].filter((node) => node !== undefined);

// The mark is seen while the rest of the page is still on its way.
drawn.append(...copyOf(`outline ${name === '/sign-in' ? 'entry' : name}`));
if (drawn.hasChildNodes()) document.getElementById('root')?.append(drawn);

function preload(file: string, as?: 'font') {
  const link = document.createElement('link');
  link.rel = as ? 'preload' : 'modulepreload';
  link.crossOrigin = '';
  if (as) link.as = as;
  link.href = `/${file}`;
  document.head.append(link);
}

// The language and the page come beside the app, not after it.
const next: Record<string, string[] | undefined> = JSON.parse(nextCode ?? '{}');
for (const file of [...(next[language] ?? []), ...(next[pathname] ?? [])]) preload(file);
// A slow connection has better things to carry than a typeface.
const { connection } = navigator as { connection?: { effectiveType?: string } };
if (/[23]g/.test(connection?.effectiveType ?? '')) root.dataset.connection = 'slow';
else for (const file of next.font ?? []) preload(file, 'font');

/** So that code which comes later knows that its styles are in the page: a link that is not in use is not loaded. */
function nameStyles() {
  for (const file of next.style ?? []) {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.disabled = true;
    link.href = `/${file}`;
    document.head.append(link);
  }
}

/** Shows the account itself as soon as the server has said what is in it, where the app is not there by then. */
async function showOverview(early: EarlyCalls | undefined) {
  const template = templateOf(`overview ${language}`);
  const main = drawn.querySelector('main');
  if (!template || !main || !early) return;
  const content = template.content.cloneNode(true) as DocumentFragment;
  const drawing = createAccountDrawing(content, JSON.parse(template.dataset.texts ?? '{}'));
  const user = (await early.me) as User;
  if (!drawn.isConnected || !drawing.showUser(user)) return;
  main.replaceChildren(content);
  drawn.querySelector('header button svg')?.replaceWith(initialsOf(user));
  drawn.dataset.drawn = 'overview';
  drawing.showDevices((await early.sessions) as unknown[]);
}

function show() {
  // The app may have been faster.
  if (!drawn.isConnected) return;
  drawn.replaceChildren(...copyOf(`${name} ${language}`));
  for (const select of drawn.querySelectorAll('select')) select.inert = true;
  drawn.querySelector<HTMLInputElement>('input[name="username"]')?.focus();
  // What fails here the app does, or says what is wrong.
  if (isOverview) showOverview(window.latchkeyEarly).catch(() => undefined);
}

// What is done here is done by the app as soon as it is there; nothing typed goes into an address.
drawn.addEventListener('focusin', ({ target }) => {
  drawn.dataset.focus = (target as HTMLInputElement).name ?? '';
});
drawn.addEventListener('click', (event) => {
  const control = (event.target as Element).closest('a, button');
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  drawn.dataset.pressed = String([...drawn.querySelectorAll('a, button')].indexOf(control));
  control.setAttribute('aria-busy', 'true');
});

// The page is whole, and no module has run yet. A frame later the mark is on the screen.
document.addEventListener(
  'readystatechange',
  () => {
    nameStyles();
    requestAnimationFrame(() => setTimeout(show));
  },
  { once: true },
);
