import {
  Anchor,
  Badge,
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  PasswordInput,
  TextInput,
} from '@mantine/core';

const pine: MantineColorsTuple = [
  '#eef6f2',
  '#dcebe4',
  '#b9d8ca',
  '#93c3ae',
  '#72b095',
  '#4f997a',
  '#357f62',
  '#206650',
  '#175241',
  '#0f3d30',
];

const red: MantineColorsTuple = [
  '#fcefed',
  '#f8dbd8',
  '#f0b6b0',
  '#e68d84',
  '#dc675c',
  '#d04a3d',
  '#c23a2e',
  '#b3261e',
  '#98201a',
  '#7d1a15',
];

const dark: MantineColorsTuple = [
  '#e4eae7',
  '#b8c3be',
  '#97a49e',
  '#6f7d77',
  '#3f4b46',
  '#313b37',
  '#252d2a',
  '#131816',
  '#0e1311',
  '#0a0d0c',
];

const font = "'Instrument Sans', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

export const theme = createTheme({
  primaryColor: 'pine',
  // White text on either has at least 4.5 : 1.
  primaryShade: { light: 7, dark: 6 },
  colors: { pine, dark, red },
  black: '#17211d',
  fontFamily: font,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: {
    fontFamily: font,
    fontWeight: '650',
    sizes: {
      h1: { fontSize: 'clamp(1.625rem, 1.4rem + 1.1vw, 2.125rem)', lineHeight: '1.15' },
      h2: { fontSize: '1.25rem', lineHeight: '1.3' },
    },
  },
  defaultRadius: 'md',
  radius: { md: '0.625rem', lg: '1rem' },
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Anchor: Anchor.extend({ defaultProps: { underline: 'always' } }),
    Badge: Badge.extend({ defaultProps: { tt: 'none', fw: 600 } }),
    Button: Button.extend({ defaultProps: { size: 'md' } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'md' } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'md', withAsterisk: false } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: 'md', withAsterisk: false } }),
  },
});

/** Mantine's own grey and red texts are too pale for 4.5 : 1. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f6f8f6',
    '--mantine-color-dimmed': '#55625c',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#206650',
    '--mantine-color-placeholder': '#66736d',
  },
  dark: {
    '--mantine-color-dimmed': '#a3afa9',
    '--mantine-color-error': '#ff9d95',
    '--mantine-color-anchor': '#93c3ae',
    '--mantine-color-placeholder': '#8d9a94',
  },
});
