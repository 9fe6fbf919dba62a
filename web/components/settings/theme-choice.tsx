/** The theme: the page itself is the preview, it changes while one chooses (05 section 10.15, K-4). */
import { chooseTheme, theme, THEMES } from '../../state/theme.ts';
import { KeptSelect } from './kept.tsx';

export function ThemeChoice() {
  return (
    <KeptSelect
      label="Theme"
      value={theme.value}
      options={THEMES}
      onChange={(wanted) => chooseTheme(THEMES.find(([key]) => key === wanted)?.[0] ?? 'auto')}
      hint="It shows at once. For this browser, until you sign out."
    />
  );
}
