import type { LatchkeyClient } from '@latchkey/client';
import { LatchkeyProvider, useRequireConfirm, useSession } from '@latchkey/client/react';
import { createElement, type ReactElement } from 'react';

function Greeting(): ReactElement {
  const session = useSession();
  const confirmation = useRequireConfirm();
  const name = session.status === 'signed-in' ? session.user?.firstName : session.status;
  return createElement('p', null, `${name} ${confirmation?.methods.join(', ') ?? ''}`);
}

export function page(client: LatchkeyClient): ReactElement {
  return createElement(LatchkeyProvider, { client }, createElement(Greeting));
}
