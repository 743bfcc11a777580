import type { AppErrorCode } from '@latchkey/shared/errors';
import { schemaResolver, useForm } from '@mantine/form';
import { useEffect, useRef, useState } from 'react';
import { translateFieldError, useLocale } from '../i18n/locale.tsx';
import { toProblem } from '../session/problem.ts';
import { fieldTextOf, type Trouble, toTrouble } from './problem.tsx';

interface Sender<Values, Output> {
  mutateAsync: (values: Values) => Promise<Output>;
  isPaused: boolean;
}

interface ContractFormOptions<Values extends Record<string, unknown>, Output> {
  /** The schema that the server checks with, too. */
  schema: Parameters<typeof schemaResolver>[0];
  initialValues: Values;
  mutation: Sender<Values, Output>;
  /** Which field an error of the whole call belongs to. */
  place?: Partial<Record<AppErrorCode, keyof Values & string>>;
  /** Errors that are not for this form to show: what happens instead. */
  divert?: Partial<Record<AppErrorCode, () => void>>;
  onSuccess: (output: Output, values: Values) => void;
}

/** A form over one procedure: checked by its schema, sent once at a time, and what the server refuses told at its field. */
export function useContractForm<Values extends Record<string, unknown>, Output>(
  options: ContractFormOptions<Values, Output>,
) {
  const { schema, initialValues, mutation, place = {}, divert = {}, onSuccess } = options;
  const { t } = useLocale();
  const [trouble, setTrouble] = useState<Trouble>();
  const [isPending, setPending] = useState(false);
  const busy = useRef(false);
  const focusNext = useRef<string>(undefined);

  const form = useForm<Values>({
    initialValues,
    validate: schemaResolver(schema, { sync: true }),
    onValuesChange: () => setTrouble((current) => (current?.retryAt ? current : undefined)),
  });

  // The library types paths into nested values, which a generic form cannot name; ours are flat, a field is its path.
  useEffect(() => {
    if (!focusNext.current) return;
    form.getInputNode<HTMLInputElement, never>(focusNext.current as never)?.focus();
    focusNext.current = undefined;
  });

  const app = trouble?.problem.kind === 'refused' ? trouble.problem.app : undefined;
  const placedAt = app && place[app.code];

  async function send(values: Values) {
    // State is too slow for a double click: both clicks come before the button knows.
    if (busy.current || (trouble?.retryAt ?? 0) > Date.now()) return;
    busy.current = true;
    setPending(true);
    setTrouble(undefined);
    try {
      onSuccess(await mutation.mutateAsync(values), values);
    } catch (error) {
      const problem = toProblem(error);
      const diverted = problem.kind === 'refused' ? divert[problem.app.code] : undefined;
      if (diverted) return diverted();
      const fieldErrors = problem.kind === 'refused' ? problem.fieldErrors : {};
      const known = Object.entries(fieldErrors).filter(([field]) => field in values);
      form.setErrors(Object.fromEntries(known.map(([field, texts]) => [field, texts[0]])));
      focusNext.current = known[0]?.[0] ?? (problem.kind === 'refused' ? place[problem.app.code] : undefined);
      if (known.length === 0) setTrouble(toTrouble(problem));
    } finally {
      busy.current = false;
      setPending(false);
    }
  }

  return {
    form,
    isPending,
    isPaused: mutation.isPaused,
    /** What is wrong with the call as a whole; undefined when it stands at a field. */
    trouble: placedAt ? undefined : trouble,
    /** The code told at a field, for those who offer a way on there. */
    placedCode: placedAt && app?.code,
    onSubmit: form.onSubmit(send, (errors) => {
      focusNext.current = Object.keys(initialValues).find((field) => errors[field]);
      setTrouble(undefined);
    }),
    /** The properties of the input of a field, its error in the language of the person. */
    field(name: keyof Values & string) {
      const { error, ...props } = form.getInputProps<never>(name as never);
      const refused = app && placedAt === name ? fieldTextOf(app, t) : undefined;
      return {
        ...props,
        name,
        error: refused ?? (typeof error === 'string' ? translateFieldError(error, t) : undefined),
      };
    },
  };
}

export type ContractForm = Pick<
  ReturnType<typeof useContractForm<Record<string, unknown>, unknown>>,
  'isPending' | 'isPaused' | 'trouble'
>;
