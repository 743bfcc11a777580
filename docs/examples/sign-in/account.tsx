import { createLatchkeyClient } from '@latchkey/client';
import { LatchkeyProvider, useLatchkey, useSession } from '@latchkey/client/react';

const latchkey = createLatchkeyClient({ url: 'http://localhost:3000' });

function Account() {
  const { auth } = useLatchkey();
  const session = useSession();
  if (session.status === 'unknown') return <p>{session.problem ? 'The server is away.' : 'A moment …'}</p>;
  if (session.status === 'signed-out') return <a href="/sign-in">Sign in</a>;
  return (
    <button type="button" onClick={() => auth.logout.mutate({})}>
      Sign {session.user?.firstName} out
    </button>
  );
}

export const Page = () => (
  <LatchkeyProvider client={latchkey}>
    <Account />
  </LatchkeyProvider>
);
