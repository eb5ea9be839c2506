import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

/** "Quiet clinic": few colours, hairlines, no gradient and no shadow. Ten steps each, because Mantine asks for ten; `6` on light, `4` on dark. */
const teal: MantineColorsTuple = [
  ...(['#E6F3F5', '#CDE6EA', '#9CCDD6', '#6BB5C2'] as const),
  ...(['#5FC0CF', '#1F8899', '#0B6E7F', '#095B69', '#074853', '#05363E'] as const),
];
const ok: MantineColorsTuple = [
  ...(['#E8F3ED', '#DCEDE6', '#B1D6C4', '#8AC2A7'] as const),
  ...(['#7CC8A3', '#3F8766', '#2B6E4F', '#235B41', '#1B4733', '#143425'] as const),
];
const caution: MantineColorsTuple = [
  ...(['#FBF2E0', '#F6E4C0', '#EACB8A', '#DDB155'] as const),
  ...(['#E5B454', '#A56D05', '#8A5A00', '#734B00', '#5B3B00', '#432C00'] as const),
];
const danger: MantineColorsTuple = [
  ...(['#FBEAE9', '#F6D4D2', '#EBA8A4', '#E07C76'] as const),
  ...(['#F2958F', '#C63A31', '#B3261E', '#951F19', '#771914', '#58130F'] as const),
];
/** Reserved for emergency access. */
const emergency: MantineColorsTuple = [
  ...(['#F6E8EF', '#EBCFDD', '#D79FBB', '#C36F99'] as const),
  ...(['#E0A0BF', '#93295F', '#7A1E4B', '#66193F', '#521432', '#3D0F26'] as const),
];
const ink: MantineColorsTuple = [
  ...(['#E9EEF0', '#D7DFE3', '#B4C1C8', '#93A4AD'] as const),
  ...(['#6E808B', '#5F717C', '#52646F', '#3B4C56', '#23343E', '#1B2B34'] as const),
];

const FONT =
  "'Source Sans 3 Variable', 'Source Sans 3', 'Noto Sans', 'Noto Sans Devanagari', 'Noto Sans Arabic', system-ui, sans-serif";

/** The head of a dialog is no second banner of the page. */
const NO_BANNER = { header: { role: 'presentation' } };

/** Mantine chooses words' colour on a filled ground by the light ground alone; ours are dark on light pages and light on dark ones. */
const variantColors: VariantColorsResolver = (input) => ({
  ...defaultVariantColorsResolver(input),
  ...(input.variant === 'filled' && { color: 'var(--on-filled)' }),
});

export const theme = createTheme({
  colors: { teal, ok, caution, danger, emergency, gray: ink },
  primaryColor: 'teal',
  primaryShade: { light: 6, dark: 4 },
  variantColorResolver: variantColors,
  autoContrast: true,
  luminanceThreshold: 0.3,
  black: '#1B2B34',
  fontFamily: FONT,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, monospace',
  headings: {
    fontFamily: FONT,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.2' },
      h2: { fontSize: '1.375rem', lineHeight: '1.3' },
      h3: { fontSize: '1.125rem', lineHeight: '1.35' },
    },
  },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '6px', xl: '6px' },
  spacing: { xs: '4px', sm: '8px', md: '16px', lg: '24px', xl: '40px' },
  shadows: { xs: 'none', sm: 'none', md: 'none', lg: 'none', xl: 'none' },
  respectReducedMotion: true,
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { loaderProps: { type: 'dots' } } },
    Drawer: { defaultProps: { transitionProps: { duration: 120 }, position: 'right', attributes: NO_BANNER } },
    Modal: { defaultProps: { transitionProps: { duration: 120 }, centered: true, attributes: NO_BANNER } },
  },
});

/** Mantine's own names for our colours (base.css). */
const NAMED = {
  '--mantine-color-body': 'var(--page)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--muted)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--page)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--edge)',
  '--mantine-color-placeholder': 'var(--muted)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--danger)',
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...NAMED, '--on-filled': '#FFFFFF' },
  dark: { ...NAMED, '--on-filled': '#1B2B34' },
});
