import { type AuditFormat, auditFormats } from '@latchkey/shared/admin-schemas';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useAttempt } from '../../components/form/attempt.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { trpc } from '../../session/trpc.ts';
import { toAuditFilters } from './audit-input.ts';
import type { AuditSearch } from './audit-search.ts';
import classes from './export-audit.module.css';

const names: Record<AuditFormat, string> = { csv: 'CSV', ndjson: 'NDJSON' };

/** Has the browser save what the server sends. The page stays. */
const save = (path: string) => Object.assign(document.createElement('a'), { href: path, download: '' }).click();

/** Takes everything that the filters let through out into a file. */
export function ExportAudit({ search }: { search: AuditSearch }) {
  const { audit } = useAdminMessages();
  const t = audit.export;
  const exportAudit = trpc.admin.exportAudit.useMutation();
  const { attempt, isPending, trouble } = useAttempt();
  const [isBegun, setBegun] = useState(false);

  function download(format: AuditFormat) {
    setBegun(false);
    void attempt(async () => {
      const { path } = await exportAudit.mutateAsync({ ...toAuditFilters(search), format });
      save(path);
      setBegun(true);
    });
  }

  return (
    <section className={classes.export} aria-label={t.label}>
      <p>{t.text}</p>
      <div className={classes.buttons}>
        {auditFormats.map((format) => (
          <Button
            key={format}
            variant="default"
            size="sm"
            onClick={() => download(format)}
            aria-label={`${t.label}: ${names[format]}`}
            aria-disabled={isPending || undefined}
          >
            {names[format]}
          </Button>
        ))}
      </div>
      <ProblemNotice trouble={trouble} />
      <p role="status" className={classes.begun}>
        {isBegun && t.begun}
      </p>
    </section>
  );
}
