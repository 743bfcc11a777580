import { TextInput } from '@mantine/core';
import type { ComponentProps, FormEvent, ReactNode } from 'react';
import { Dialog } from '../../components/dialog.tsx';
import type { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitOrCancel } from '../../components/form/submit-or-cancel.tsx';
import { Notice } from '../../components/notice.tsx';
import { Rows } from '../../components/panel.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';

type Form = Pick<
  ReturnType<typeof useContractForm<Record<string, unknown>, unknown>>,
  'isPending' | 'isPaused' | 'trouble'
> & {
  field: (name: 'reason') => object;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
};

interface ActionDialogProps {
  title: string;
  text?: string | undefined;
  /** What whoever does it should know of what it does to themselves. */
  warning?: string | undefined;
  submit: string;
  isDangerous?: boolean;
  form: Form;
  onCancel: () => void;
  limitText?: ComponentProps<typeof ProblemNotice>['limitText'];
  /** The fields above the reason. */
  children?: ReactNode;
}

/** Asks for what an action on somebody's account needs, and always why it is done. */
export function ActionDialog({
  title,
  text,
  warning,
  submit,
  isDangerous = false,
  form,
  onCancel,
  limitText,
  children,
}: ActionDialogProps) {
  const { user } = useAdminMessages();
  return (
    <Dialog title={title} onCancel={onCancel}>
      {text && <p>{text}</p>}
      <form onSubmit={form.onSubmit} noValidate>
        <Rows>
          {warning && <Notice tone="bad">{warning}</Notice>}
          <ProblemNotice trouble={form.trouble} limitText={limitText} />
          {children}
          <TextInput
            label={user.reason}
            description={user.reasonHint}
            inputWrapperOrder={['label', 'input', 'error', 'description']}
            required
            autoComplete="off"
            {...form.field('reason')}
          />
          <SubmitOrCancel form={form} {...(isDangerous && { color: 'red' })} onCancel={onCancel}>
            {submit}
          </SubmitOrCancel>
        </Rows>
      </form>
    </Dialog>
  );
}
