import type { AuditItem } from '@latchkey/shared/admin-schemas';
import { Fragment, type ReactNode } from 'react';
import { TextLink } from '../../components/text-link.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import type { AdminMessages } from '../../i18n/admin/en.ts';
import { shortId } from './short-id.ts';

/** Who stands in a sentence: somebody with an account, somebody whose account is gone, or a word. */
type Part = { id: string; name: string | null } | { word: string };

function partsOf(item: AuditItem, t: AdminMessages['audit']): Record<'user' | 'actor', Part> {
  const { userId, username, actor, actorName } = item;
  return {
    user: userId === null ? { word: t.somebody } : { id: userId, name: username },
    actor:
      actor === null || actor === 'cli'
        ? { word: actor === null ? t.somebody : t.terminal }
        : { id: actor, name: actorName },
  };
}

function templateOf({ type, userId, actor, details }: AuditItem, t: AdminMessages['audit']): string {
  const role = type === 'role-changed' ? details.find(({ name }) => name === 'role')?.value : undefined;
  return (
    (role !== undefined && t.roles[role]) ||
    (actor !== null && t.byOther[type]) ||
    (userId === null && t.ofNobody[type]) ||
    t.sentences[type]
  );
}

/** The pieces of a sentence, one after the other: texts, and whom it names. */
function piecesOf(item: AuditItem, t: AdminMessages['audit']): (string | Part)[] {
  const parts = partsOf(item, t);
  return templateOf(item, t)
    .split(/\{(user|actor)\}/)
    .map((piece, index) => (index % 2 === 0 ? piece : parts[piece as 'user' | 'actor']))
    .filter((piece) => piece !== '')
    .map((piece, index) => {
      if (typeof piece === 'string' || !('word' in piece)) return piece;
      return index === 0 ? piece.word.charAt(0).toLocaleUpperCase() + piece.word.slice(1) : piece.word;
    });
}

const nameIn = ({ id, name }: { id: string; name: string | null }, t: AdminMessages['audit']) =>
  name === null ? t.gone(shortId(id)) : `@${name}`;

/** What happened as a text, for where no link can stand. */
export const sentenceText = (item: AuditItem, t: AdminMessages['audit']): string =>
  piecesOf(item, t)
    .map((piece) => (typeof piece === 'string' ? piece : 'word' in piece ? piece.word : nameIn(piece, t)))
    .join('');

/** What happened, with links to whom it names. */
export function Sentence({ item }: { item: AuditItem }): ReactNode {
  const { audit: t } = useAdminMessages();
  return piecesOf(item, t).map((piece, index) => (
    <Fragment key={index}>
      {typeof piece === 'string' ? piece : 'word' in piece ? piece.word : <AccountName {...piece} />}
    </Fragment>
  ));
}

/** An account by its name, which leads to it while it is there. */
export function AccountName({ id, name }: { id: string; name: string | null }) {
  const { audit: t } = useAdminMessages();
  if (name === null) return <span title={id}>{nameIn({ id, name }, t)}</span>;
  return (
    <TextLink to="/admin/users/$userId" params={{ userId: id }} fw={600} inherit>
      @{name}
    </TextLink>
  );
}
