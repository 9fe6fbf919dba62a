/** Appearance: how the page looks in this browser (05 section 10.2). */
import { chooseTheme, theme, THEMES } from '../../state/theme.ts';
import { Select } from '../field.tsx';
import { Region } from '../region.tsx';

export function Appearance() {
  return (
    <Region title="Appearance">
      <Select
        label="Theme"
        value={theme.value}
        options={THEMES}
        onChange={(wanted) => chooseTheme(THEMES.find(([key]) => key === wanted)?.[0] ?? 'auto')}
        hint="For this browser, until you sign out."
      />
    </Region>
  );
}
