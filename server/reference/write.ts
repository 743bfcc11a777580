import { writeFile } from 'node:fs/promises';
import { accountSchema, apiPage, errorsPage, openApiPage } from './pages.ts';

const docs = new URL('../../docs/', import.meta.url);
await writeFile(new URL('api.md', docs), apiPage());
await writeFile(new URL('errors.md', docs), errorsPage());
await writeFile(new URL('account-record.schema.json', docs), accountSchema());
await writeFile(new URL('openapi.json', docs), openApiPage());
