import type { ComponentProps } from 'react';
import { Notice } from '../notice.tsx';
import type { ContractForm } from './contract-form.ts';
import { ProblemNotice } from './problem.tsx';

interface FormNoticeProps {
  form: Pick<ContractForm, 'trouble' | 'outcome'>;
  /** Said after a success, until something is typed or sent again. */
  done: string;
  /** Said when there was nothing to save. */
  unchanged?: string;
  limitText?: ComponentProps<typeof ProblemNotice>['limitText'];
}

/** The one notice of a form: what went wrong with the last attempt, or that it went well. */
export function FormNotice({ form: { trouble, outcome }, done, unchanged, limitText }: FormNoticeProps) {
  if (trouble || !outcome) return <ProblemNotice trouble={trouble} limitText={limitText} />;
  return (
    <Notice key={outcome.count} tone={outcome.kind === 'done' ? 'good' : 'info'}>
      {outcome.kind === 'done' ? done : unchanged}
    </Notice>
  );
}
