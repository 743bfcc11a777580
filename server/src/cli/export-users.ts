import { exportUsers } from './commands/export-users.ts';
import { runAsProcess } from './process.ts';

await runAsProcess(exportUsers);
