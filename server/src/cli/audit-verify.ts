import { auditVerify } from './commands/audit-verify.ts';
import { runAsProcess } from './process.ts';

await runAsProcess(auditVerify);
