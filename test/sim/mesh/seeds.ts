/** Seeds that failed once, and what each of them found; they are run every time. */
export const FOUND: Readonly<Record<number, string>> = {
  9: 'a session that closed after its node had stopped looked into the closed database',
  17: 'a row that was due while its peer had not accepted us was looked at without end',
};
