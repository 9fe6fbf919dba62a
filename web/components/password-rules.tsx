/** The rules of a password, ticked off while somebody types (05 section 10.3, S-2). */
import type { Rule } from '../state/account-rules.ts';
import { CheckIcon, RingIcon } from './icons.tsx';

export function PasswordRules({ rules }: { rules: readonly Rule[] }) {
  return (
    <ul class="rules">
      {rules.map((rule) => (
        <li key={rule.text} class={rule.kept ? 'kept' : undefined}>
          {rule.kept ? <CheckIcon /> : <RingIcon />}
          <span>
            {rule.text}
            <span class="visually-hidden">{rule.kept ? ': done' : ': missing'}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
