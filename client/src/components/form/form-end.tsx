import type { ComponentProps, ReactNode } from 'react';
import { Icon } from '../icons.tsx';
import type { ContractForm } from './contract-form.ts';
import classes from './form-end.module.css';
import { ProblemNotice } from './problem.tsx';
import { SubmitButton } from './submit-button.tsx';

interface FormEndProps {
  form: Pick<ContractForm, 'isPending' | 'isPaused' | 'trouble' | 'outcome'>;
  /** What stands on the button. */
  children: ReactNode;
  /** Said after a success, until something is typed or sent again. */
  done: string;
  /** Said when there was nothing to save. */
  unchanged?: string;
  limitText?: ComponentProps<typeof ProblemNotice>['limitText'];
}

/**
 * The button of a form, beside it that all went well, where that moves nothing of the page, and below it what went wrong
 * with the last attempt.
 */
export function FormEnd({ form, children, done, unchanged, limitText }: FormEndProps) {
  const { trouble, outcome } = form;
  const isDone = outcome?.kind === 'done';
  return (
    <>
      <div className={classes.end}>
        <SubmitButton form={form}>{children}</SubmitButton>
        {outcome && !trouble && (
          <p key={outcome.count} role="status" className={classes.outcome} data-kind={outcome.kind}>
            {isDone && <Icon name="check" />}
            <span>{isDone ? done : unchanged}</span>
          </p>
        )}
      </div>
      <ProblemNotice trouble={trouble} limitText={limitText} />
    </>
  );
}
