/** `/register`: a further account on this node (05 section 3.3). */
import { AccountForm } from '../components/account-form.tsx';
import { Gate } from '../components/gate.tsx';
import { Link } from '../components/parts.tsx';
import { location } from '../state/router.ts';
import { register } from '../state/session.ts';

export function RegisterPage() {
  const query = location.value.query.toString();
  return (
    <Gate title="Create an account">
      <AccountForm action="Create account" submit={register} />
      <p>
        <Link class="lone" href={query === '' ? '/login' : `/login?${query}`}>
          Sign in
        </Link>
      </p>
    </Gate>
  );
}
