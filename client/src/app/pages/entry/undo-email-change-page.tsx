import { undoEmailChangeInput } from '@latchkey/shared/schemas';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Rows } from '../../../components/panel.tsx';
import { GiveUpUndo } from '../../../features/mailed-link/give-up-undo.tsx';
import { NewPasswordForm } from '../../../features/mailed-link/new-password-form.tsx';
import { useMailedLink } from '../../../features/mailed-link/use-mailed-link.ts';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { useSession } from '../../../session/use-session.ts';
import { LinkedPage } from './linked-page.tsx';

/** Takes the address of before back with the link of the mail that went to it, and sets a new password. */
export function UndoEmailChangePage() {
  const { t } = useLocale();
  const session = useSession();
  const navigate = useNavigate();
  const link = useMailedLink('code');
  const [isGivenUp, setGivenUp] = useState(false);
  const undo = trpc.auth.undoEmailChange.useMutation();

  async function leave() {
    link.forget();
    await session.leave('email-restored');
    await navigate({ to: '/sign-in' });
  }

  function giveUp() {
    link.forget();
    setGivenUp(true);
  }

  if (isGivenUp) return <PageHeading title={t.undo.givenUpTitle} lead={t.undo.givenUp} />;
  return (
    <LinkedPage link={link} texts={t.undo}>
      <Rows>
        <NewPasswordForm
          schema={undoEmailChangeInput}
          secret={{ code: link.secret }}
          mutation={undo}
          submit={t.undo.submit}
          onSuccess={leave}
          onInvalid={link.refuse}
        />
        <GiveUpUndo code={link.secret} onGivenUp={giveUp} onInvalid={link.refuse} />
      </Rows>
    </LinkedPage>
  );
}
