import type { AppErrorCode } from '@latchkey/shared/errors';
import { schemaResolver, useForm } from '@mantine/form';
import { type FocusEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { translateFieldError, useLocale } from '../../i18n/locale.tsx';
import { readDraft, writeDraft } from '../../session/draft.ts';
import { type Problem, refusalOf } from '../../session/problem.ts';
import { takeTyped } from '../drawn-page.ts';
import { useAttempt } from './attempt.ts';
import { fieldTextOf } from './problem.tsx';
import { useEndOfSaid } from './said.ts';
import { useUnsaved } from './unsaved.ts';

interface Sender<Values, Output> {
  mutateAsync: (values: Values) => Promise<Output>;
  isPaused: boolean;
}

interface ContractFormOptions<Values extends Record<string, unknown>, Output> {
  /** The schema that the server checks with, too. */
  schema: Parameters<typeof schemaResolver>[0];
  initialValues: Values;
  mutation: Sender<Values, Output>;
  /** The field that an error of the whole call belongs to. */
  place?: Partial<Record<AppErrorCode, keyof Values & string>>;
  /** Errors that this form does not show, and what happens instead. */
  divert?: Partial<Record<AppErrorCode, () => void>>;
  /** The fields that outlive a reload and the end of a session, never passwords; `key` says whose they are. */
  draft?: { key: string; fields: (keyof Values & string)[] };
  /** The field that has the focus when the form appears. */
  focus?: keyof Values & string;
  /** What such an error says at its field, where that is not the usual. */
  wording?: Partial<Record<AppErrorCode, string>>;
  /** The field that a limit of the server goes by: another value in it lifts the wait. */
  limitedBy?: keyof Values & string;
  /** Asks about a value that the schema accepts when its field is left; gives what is wrong with it, if anything is. */
  check?: Partial<Record<keyof Values & string, (value: string) => Promise<string | undefined>>>;
  /** Set where sending what was there before is pointless: nothing is sent then, and the form says so. */
  sendsChangesOnly?: boolean;
  onSuccess: (output: Output, values: Values) => void;
}

interface Outcome {
  kind: 'done' | 'unchanged';
  /** Counts up, so that the same outcome is announced again. */
  count: number;
}

/** A form over one procedure: its schema checks it, it is sent once at a time, and a refusal of the server is shown at its field. */
export function useContractForm<Values extends Record<string, unknown>, Output>(
  options: ContractFormOptions<Values, Output>,
) {
  const { schema, initialValues, mutation, place = {}, divert = {}, draft, sendsChangesOnly, onSuccess } = options;
  const { focus, wording = {}, limitedBy, check } = options;
  const { t } = useLocale();
  const { attempt, isPending, trouble, clearTrouble } = useAttempt();
  const [outcome, setOutcome] = useState<Outcome>();
  const focusNext = useRef<string | undefined>(focus);
  const limitedValue = useRef<unknown>(undefined);

  const form = useForm<Values>({
    initialValues,
    validate: schemaResolver(schema, { sync: true }),
    onValuesChange: (values) => {
      clearTrouble(limitedBy && values[limitedBy] !== limitedValue.current ? 'all' : undefined);
      if (draft) keepDraft(values);
    },
  });
  const isChanged = form.isDirty();
  useUnsaved(isChanged, draft?.key);
  useEndOfSaid(outcome !== undefined, () => setOutcome(undefined));

  function keepDraft(values: Values) {
    const changed = draft?.fields.filter((field) => values[field] !== initialValues[field]);
    if (draft) writeDraft(draft.key, Object.fromEntries(changed?.map((field) => [field, String(values[field])]) ?? []));
  }

  const isDraftTaken = useRef(false);
  useLayoutEffect(() => {
    if (isDraftTaken.current) return;
    isDraftTaken.current = true;
    const kept = Object.entries(draft ? readDraft(draft.key) : {}).filter(([field]) => draft?.fields.includes(field));
    const typed = takeTyped();
    const early = Object.entries(typed?.values ?? {}).filter(
      ([field, value]) => field in initialValues && value !== '',
    );
    if (typed?.focus && typed.focus in initialValues) focusNext.current = typed.focus;
    const ours = [...kept, ...early];
    if (ours.length > 0) form.setValues(Object.fromEntries(ours) as Partial<Values>);
  });

  // The library types paths into nested values, which a generic form cannot name; ours are flat, a field is its path.
  useEffect(() => {
    if (!focusNext.current) return;
    const input = form.getInputNode<HTMLInputElement, never>(focusNext.current as never);
    input?.focus();
    // A password that was wrong is typed over.
    if (input?.type === 'password') input.select();
    focusNext.current = undefined;
  });

  const app = refusalOf(trouble?.problem);
  const placedAt = app && place[app.code];

  function settle(problem: Problem, values: Values): boolean {
    const refusal = refusalOf(problem);
    const diverted = refusal && divert[refusal.code];
    if (diverted) {
      diverted();
      return true;
    }
    const fieldErrors = problem.kind === 'refused' ? problem.fieldErrors : {};
    const ofThisForm = Object.entries(fieldErrors).filter(([field]) => field in values);
    form.setErrors(Object.fromEntries(ofThisForm.map(([field, texts]) => [field, texts[0]])));
    focusNext.current = ofThisForm[0]?.[0] ?? (refusal && place[refusal.code]);
    if (limitedBy) limitedValue.current = values[limitedBy];
    return ofThisForm.length > 0;
  }

  const tell = (kind: Outcome['kind']) => setOutcome((before) => ({ kind, count: (before?.count ?? 0) + 1 }));

  function send(values: Values) {
    if (sendsChangesOnly && !isChanged) return tell('unchanged');
    return attempt(
      async () => {
        const output = await mutation.mutateAsync(values);
        if (draft) writeDraft(draft.key, {});
        if (sendsChangesOnly) {
          form.setInitialValues(values);
          form.resetDirty(values);
        }
        onSuccess(output, values);
        tell('done');
      },
      (problem) => settle(problem, values),
    );
  }

  /** Where it cannot be asked now, nothing is said: sending the form tells. */
  async function ask(name: keyof Values & string, value: string) {
    const wrong = await check?.[name]?.(value).catch(() => undefined);
    if (wrong && form.getValues()[name] === value) form.setFieldError(name as never, wrong);
  }

  return {
    form,
    isPending,
    isPaused: mutation.isPaused,
    outcome,
    /** The trouble with the call as a whole; undefined when it stands at a field. */
    trouble: placedAt ? undefined : trouble,
    /** The code shown at a field, for those who offer a way on there. */
    placedCode: placedAt && app?.code,
    onSubmit: form.onSubmit(send, (errors) => {
      focusNext.current = Object.keys(initialValues).find((field) => errors[field]);
      clearTrouble('all');
    }),
    /** The properties of the input of a field, its error in the language of the person. */
    field(name: keyof Values & string) {
      const { error, onBlur, ...props } = form.getInputProps<never>(name as never);
      const refused = app && placedAt === name ? (wording[app.code] ?? fieldTextOf(app, t)) : undefined;
      return {
        ...props,
        name,
        onBlur(event: FocusEvent<HTMLInputElement>) {
          onBlur?.(event);
          // Neither what is still empty, nor on the way to a button or link: it would move away under the pointer.
          const goesOn = event.relatedTarget !== null && !(event.relatedTarget instanceof HTMLInputElement);
          const { value } = event.currentTarget;
          if (value === '' || goesOn) return;
          if (!form.validateField(name as never).hasError) void ask(name, value);
        },
        error: refused ?? (typeof error === 'string' ? translateFieldError(error, t) : undefined),
      };
    },
  };
}

export type ContractForm = Pick<
  ReturnType<typeof useContractForm<Record<string, unknown>, unknown>>,
  'isPending' | 'isPaused' | 'trouble' | 'outcome'
>;
