/** People chosen by ticking them: members of a new channel, recipients of a group message. */
import { useState } from 'preact/hooks';
import { correspondents, personName } from '../state/people.ts';
import { SearchField } from './search-field.tsx';

/** From here on the list can be narrowed. */
const MANY = 8;

interface ChoosePeopleProps {
  legend: string;
  chosen: ReadonlySet<string>;
  onChange: (next: ReadonlySet<string>) => void;
}

export function ChoosePeople({ legend, chosen, onChange }: ChoosePeopleProps) {
  const [wanted, setWanted] = useState('');
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  const text = wanted.trim().toLocaleLowerCase();
  const shown = correspondents.value.filter(
    (person) =>
      chosen.has(person.user_id) ||
      `${personName(person.user_id)} ${person.username}`.toLocaleLowerCase().includes(text),
  );
  return (
    <fieldset class="choose">
      <legend>{legend}</legend>
      {correspondents.value.length === 0 ? (
        <p class="quiet-text">Nobody else is known here yet. People appear when their device is connected.</p>
      ) : null}
      {correspondents.value.length > MANY ? (
        <SearchField label="Find a person" value={wanted} onInput={setWanted} />
      ) : null}
      <div class="checks">
        {shown.map((person) => (
          <label key={person.user_id} class="check">
            <input
              type="checkbox"
              checked={chosen.has(person.user_id)}
              onChange={() => toggle(person.user_id)}
            />
            <span>
              <bdi>{personName(person.user_id)}</bdi> <span class="quiet-text">@{person.username}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
