import { writeFile } from 'node:fs/promises';
import { accountSchema, apiPage, errorsPage } from './pages.ts';

const docs = new URL('../../docs/', import.meta.url);
await writeFile(new URL('api.md', docs), apiPage());
await writeFile(new URL('errors.md', docs), errorsPage());
await writeFile(new URL('account-record.schema.json', docs), accountSchema());
