/** Appearance: how the page looks and opens in this browser (05 section 10.2). */
import { chooseDensity, DENSITIES, density } from '../../state/density.ts';
import { chooseLanding, landing, LANDINGS } from '../../state/landing.ts';
import { enterSends } from '../../state/composing.ts';
import { opensAtEnd } from '../../state/entering.ts';
import { singleKeys } from '../../state/shortcuts.ts';
import { Button } from '../button.tsx';
import { Region } from '../region.tsx';
import { showKeys } from '../switcher.tsx';
import { FlagChoice } from './flag-choice.tsx';
import { KeptSelect } from './kept.tsx';
import { ThemeChoice } from './theme-choice.tsx';

export function Appearance() {
  return (
    <Region title="Appearance">
      <ThemeChoice />
      <KeptSelect
        label="Density"
        value={density.value}
        options={DENSITIES}
        onChange={(wanted) => chooseDensity(wanted === 'compact' ? 'compact' : 'comfortable')}
        hint="Compact: smaller text and no pictures beside messages. For this browser, until you sign out."
      />
      <KeptSelect
        label="Default landing page"
        value={landing.value}
        options={LANDINGS}
        onChange={(wanted) => chooseLanding(LANDINGS.find(([key]) => key === wanted)?.[0] ?? 'last')}
        hint="What opens with the node's address alone, in this browser."
      />
      <FlagChoice
        flag={opensAtEnd}
        label="Open conversations at the newest message"
        hint="Otherwise at the first one you have not read. For this browser, until you sign out."
      />
      <FlagChoice
        flag={enterSends}
        label="Enter sends a message"
        hint="Then Shift+Enter begins a new line; otherwise the other way round. Ctrl+Enter always sends. For this browser, until you sign out."
      />
      <FlagChoice
        flag={singleKeys}
        label="Single-letter keys"
        hint="On a message that has the focus: R replies, E edits, M opens the menu; anywhere / searches and ? shows the whole table. For this browser, until you sign out."
      />
      <Button onClick={showKeys}>Keyboard shortcuts</Button>
    </Region>
  );
}
