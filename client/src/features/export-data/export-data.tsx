import { type FormEvent, useState } from 'react';
import { useAttempt } from '../../components/form/attempt.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { useEndOfSaid } from '../../components/form/said.ts';
import { SubmitButton } from '../../components/form/submit-button.tsx';
import { FocusedNotice } from '../../components/notice.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import classes from './export-data.module.css';

/** Hands a text to the browser as a file to keep. */
function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function ExportData() {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const exportData = trpc.user.exportData.useMutation();
  const { attempt, isPending, trouble } = useAttempt();
  const [isDone, setDone] = useState(false);
  useEndOfSaid(isDone, () => setDone(false));

  function download(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      const data = await exportData.mutateAsync();
      saveFile(`latchkey-${data.profile.username}.json`, `${JSON.stringify(data, null, 2)}\n`);
      void utils.user.listActivity.invalidate();
      setDone(true);
    });
  }

  return (
    <form onSubmit={download}>
      <Rows>
        <div>
          <h2 className={classes.title}>{t.exportData.title}</h2>
          <p className={classes.text}>{t.exportData.text}</p>
        </div>
        <SubmitButton form={{ isPending, isPaused: false, trouble }}>{t.exportData.submit}</SubmitButton>
        <ProblemNotice trouble={trouble} limitText={t.exportData.limit} />
        {isDone && <FocusedNotice tone="good">{t.exportData.done}</FocusedNotice>}
      </Rows>
    </form>
  );
}
