import { importUsers } from './commands/import-users.ts';
import { runAsProcess } from './process.ts';

await runAsProcess(importUsers);
