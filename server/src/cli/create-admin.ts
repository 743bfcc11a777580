import { createAdmin } from './commands/create-admin.ts';
import { runAsProcess } from './process.ts';

await runAsProcess(createAdmin);
