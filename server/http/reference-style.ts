/** How the reference page looks (04 section 10a): its own few rules, light and dark, nothing from outside. */
export const REFERENCE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #545d68; --paper: #ffffff; --raised: #f4f6f8; --line: #ccd2d9;
  --link: #0b5cad; --read: #0a5a86; --write: #1d6a34; --change: #7a4b00; --remove: #a3242b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebee; --soft: #aab3bd; --paper: #14181c; --raised: #1e242a; --line: #3b444e; --link: #7cbcff;
    --read: #7cc7ee; --write: #86d79c; --change: #eec078; --remove: #ff9a9e; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem; background: var(--paper); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
input { flex: 1 1 12rem; max-width: 30rem; }
input, button { font: inherit; min-height: 2.5rem; padding: .25rem .75rem; color: var(--ink); background: var(--raised);
  border: 1px solid var(--soft); border-radius: .375rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
nav a { display: inline-block; padding: .25rem 0; }
h2 { margin: 2rem 0 .5rem; scroll-margin-top: 1rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
details { border: 1px solid var(--line); border-radius: .375rem; margin: .375rem 0; }
details[open] { padding: 0 1rem 1rem; }
summary { cursor: pointer; padding: .5rem; }
details[open] > summary { margin: 0 -1rem; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
.get { color: var(--read); } .post { color: var(--write); } .put, .patch { color: var(--change); }
.delete { color: var(--remove); }
.says { display: block; color: var(--soft); }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
pre { background: var(--raised); padding: .75rem; border-radius: .375rem; white-space: pre-wrap; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  font-weight: 400; }
thead th { font-weight: 600; color: var(--soft); }
`;
