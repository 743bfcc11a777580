import { fileURLToPath } from 'node:url';

// `pnpm dev`: the app is served by Vite with hot reload, so mails link there and its pages may use the cookie.
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
process.env.PUBLIC_URL ??= 'http://localhost:5173';
const port = process.env.PORT ?? 3000;
process.env.ALLOWED_ORIGINS ??= `http://127.0.0.1:5173,http://localhost:${port},http://127.0.0.1:${port},http://[::1]:${port}`;
await import('./src/main.ts');
