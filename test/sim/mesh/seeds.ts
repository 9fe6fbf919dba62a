/** Seeds that failed once, and what each of them found; they are run every time. */
export const FOUND: Readonly<Record<number, string>> = {
  21: 'a changed message by somebody unaccepted was refused where its creation was never seen',
  23: 'a message in a channel its receiver had not heard of was called refused',
  9: 'a session that closed after its node had stopped looked into the closed database',
  2: 'a channel opened while some were cut off stayed unknown to whoever is reached only through others',
  6: 'a change by somebody unaccepted was called the newer version, and its text was not taken',
  17: 'a row that was due while its peer had not accepted us was looked at without end',
};
