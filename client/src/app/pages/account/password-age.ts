import type { User } from '@latchkey/shared/schemas';
import type { Messages } from '../../../i18n/en.ts';
import type { createFormat } from '../../../i18n/format.ts';

/** When the password was changed last, in words. */
export const passwordAge = (
  { passwordChangedAt }: Pick<User, 'passwordChangedAt'>,
  t: Messages,
  format: Pick<ReturnType<typeof createFormat>, 'date'>,
): string =>
  passwordChangedAt ? t.security.passwordChanged(format.date(passwordChangedAt)) : t.security.passwordNeverChanged;
