import { Component, type ReactNode } from 'react';
import type { Messages } from '../i18n/en.ts';
import classes from './top-boundary.module.css';

type Texts = Pick<Messages['crash'], 'title' | 'text' | 'reload'>;

/** Shown where no language could be loaded. */
const english: Texts = {
  title: 'Something went wrong',
  text: 'This page could not be shown. Nothing you saved is lost.',
  reload: 'Load the page again',
};

/** The page in place of the app: it needs no router, no component library and no catalogue. */
export function StartFailure({ error, texts = english }: { error: unknown; texts?: Texts | undefined }) {
  return (
    <main className={classes.main}>
      <h1>{texts.title}</h1>
      <p>{texts.text}</p>
      <p>
        <code>{String(error)}</code>
      </p>
      <button type="button" onClick={() => window.location.reload()}>
        {texts.reload}
      </button>
    </main>
  );
}

interface Props {
  texts: Texts;
  children: ReactNode;
}

/** Says what happened where the app itself could not be drawn. Only a class can catch what is thrown below it. */
export class TopBoundary extends Component<Props, { failure: { error: unknown } | undefined }> {
  override state: { failure: { error: unknown } | undefined } = { failure: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { failure: { error } };
  }

  override render() {
    const { failure } = this.state;
    return failure ? <StartFailure error={failure.error} texts={this.props.texts} /> : this.props.children;
  }
}
