/** `/login` (05 sections 3.3 and 10.2). */
import { Gate } from '../components/gate.tsx';
import { Link } from '../components/parts.tsx';
import { SignInForm } from '../components/sign-in-form.tsx';
import { location } from '../state/router.ts';

export function LoginPage() {
  const query = location.value.query.toString();
  return (
    <Gate title="Sign in">
      {/* The address with returnTo stays; the entrance leads on once somebody is signed in. */}
      <SignInForm onDone={() => undefined} />
      <p>
        <Link class="lone" href={query === '' ? '/register' : `/register?${query}`}>
          Create an account
        </Link>
      </p>
    </Gate>
  );
}
