import { appErrorDetails } from '@latchkey/shared/error-details';
import { procedureErrors } from '@latchkey/shared/procedure-errors';

/**
 * Throws where a procedure refused with a code that `procedureErrors` does not list for it, or with other details.
 * @param prefix of the paths of our procedures in a host's router, as `accounts.`; a host's own are not ours to list
 */
export function assertListedErrors(log: readonly string[], prefix = ''): void {
  const codes: Record<string, readonly string[]> = procedureErrors;
  const schemas: Partial<Record<string, { safeParse(details: unknown): { success: boolean } }>> = appErrorDetails;
  for (const line of log.filter((entry) => entry.includes('"msg":"refused"'))) {
    const {
      procedure: path,
      code,
      details,
    } = JSON.parse(line) as { procedure: string; code: string; details?: unknown };
    const procedure = path.slice(prefix.length);
    if (!path.startsWith(prefix) || (prefix !== '' && !(procedure in codes))) continue;
    const schema = schemas[code];
    const asListed = schema ? schema.safeParse(details).success : details === undefined;
    if (!codes[procedure]?.includes(code)) throw new Error(`${procedure} threw ${code}: list it in procedureErrors`);
    if (!asListed) throw new Error(`${procedure} threw ${code} with other details than listed: ${line}`);
  }
}
