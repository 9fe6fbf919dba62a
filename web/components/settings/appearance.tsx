/** Appearance: how the page looks and opens in this browser (05 section 10.2). */
import { chooseLanding, landing, LANDINGS } from '../../state/landing.ts';
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
      <Select
        label="Default landing page"
        value={landing.value}
        options={LANDINGS}
        onChange={(wanted) => chooseLanding(LANDINGS.find(([key]) => key === wanted)?.[0] ?? 'last')}
        hint="What opens with the node's address alone, in this browser."
      />
    </Region>
  );
}
