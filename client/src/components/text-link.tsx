import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react';
import classes from './text-link.module.css';

interface LinkParts {
  ref?: Ref<HTMLAnchorElement>;
  children?: ReactNode;
}

type Attributes = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps | keyof ButtonProps | 'children'>;

/** A link in a text, to a route of the app. */
export const TextLink = createLink((props: LinkParts & AnchorProps & Attributes) => <Anchor {...props} />);

/** A link that looks like a button, to a route of the app. */
export const ButtonLink = createLink((props: LinkParts & ButtonProps & Attributes) => (
  <Button component="a" className={classes.button} {...props} />
));
