import { loadConfig } from '../../config.ts';
import { openDatabase } from '../../database.ts';
import { createAudit } from '../../domain/audit/audit.ts';
import { createKeys } from '../../domain/tokens/keys.ts';
import { createLogger } from '../../infra/logger.ts';
import { loadSecretsFile } from '../../infra/secrets-file.ts';
import { createSystem } from '../../infra/system.ts';

/** What commands do their work with: the stores, and what writes down what was done. `close` ends both. */
export async function openDatabaseTools(
  settings: Record<string, string | undefined>,
  log: { write(line: string): void },
) {
  const config = loadConfig(settings);
  const system = createSystem();
  const secrets = config.authSecrets ?? (await loadSecretsFile(config.dataDir, system));
  const logger = createLogger('error', log);
  const keys = createKeys(secrets);
  const { stores, close: closeDatabase } = await openDatabase(config, { system, logger, join: true });
  const audit = createAudit({ stores, keys, system, logger, rules: config });
  return {
    stores,
    config,
    system,
    keys,
    audit,
    async close(): Promise<void> {
      await audit.seal();
      await closeDatabase();
    },
  };
}

export type DatabaseTools = Omit<Awaited<ReturnType<typeof openDatabaseTools>>, 'close'>;
