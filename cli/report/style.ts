/** The page's looks: system fonts, light and dark by the reader's choice, tables that become cards on a phone. */

/** Steps of a build, in the order they come; told apart in both schemes and by most who see colours differently. */
export const STEP_COLOURS = 6;

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --sheet: #fff; --ink: #1b2430; --soft: #5b6675; --line: #dde2e8; --accent: #0b62c4;
  --accent-soft: #e7f0fb; --alert: #a12b12; --alert-soft: #fdeee9;
  --step0: #8a94a3; --step1: #2f6fd0; --step2: #c0700f; --step3: #1f9d76; --step4: #a14fc0; --step5: #c2456b;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --sheet: #1a2029; --ink: #e6eaf0; --soft: #9aa6b5; --line: #2e3743; --accent: #7ab4ff;
    --accent-soft: #1c2f49; --alert: #ff9b80; --alert-soft: #3a2018;
    --step0: #8b96a6; --step1: #5b97f0; --step2: #f0a548; --step3: #3dbd93; --step4: #c182dc; --step5: #e57798;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { overflow-wrap: anywhere; max-width: 1180px; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2.75rem 0 0.75rem; font-size: 1.25rem; }
h3 { margin: 1.5rem 0 0.25rem; font-size: 1rem; }
p { margin: 0.25rem 0; }
ul { margin: 0.5rem 0; padding-left: 1.25rem; }
.subtitle, .muted { color: var(--soft); font-weight: normal; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
nav a { color: var(--accent); }
code { font: 0.875em ui-monospace, monospace; }
[title] { text-decoration: underline dotted var(--soft); text-underline-offset: 3px; }
.badge { display: inline-block; padding: 0 0.5em; border-radius: 1em; background: var(--accent-soft); color: var(--accent);
  font-size: 0.8125rem; font-weight: 600; }
.alert { color: var(--alert); font-weight: 600; }
.notice { margin: 1rem 0; padding: 0.75rem 1rem; border-left: 4px solid var(--alert); border-radius: 6px;
  background: var(--alert-soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1rem; margin: 1.5rem 0; }
.card { padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); }
.card.important { border: 2px solid var(--accent); }
.card h2 { margin: 0; font-size: 1rem; }
.card .figure { font-size: 2.75rem; font-weight: 700; line-height: 1.2; }
.card.important .figure { color: var(--accent); }
table { width: 100%; margin: 1rem 0; border-collapse: separate; border-spacing: 0; background: var(--sheet); border: 1px solid var(--line);
  border-radius: 10px; font-size: 0.9375rem; }
h2 + table, h2 + figure { margin-top: 0; }
td code[title] { white-space: nowrap; }
caption { padding: 0 0 0.5rem; text-align: left; color: var(--soft); font-size: 0.875rem; }
th, td { padding: 0.5rem 0.75rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-size: 0.8125rem; vertical-align: bottom; }
thead .badge { margin-left: 0.25em; }
.note { display: block; font-weight: normal; }
tbody th { font-weight: normal; min-width: 9rem; }
.figures { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 1rem 0; padding: 0.75rem 1.25rem 1rem; border: 1px solid var(--line); border-radius: 10px;
  background: var(--sheet); }
figcaption { color: var(--soft); font-size: 0.875rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0.5rem 0; padding: 0; list-style: none;
  font-size: 0.875rem; }
.legend svg { width: 0.75rem; height: 0.75rem; margin-right: 0.4em; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 0.25rem 0.75rem; align-items: center;
  font-size: 0.875rem; }
.bars h3 { grid-column: 1 / -1; margin: 0.5rem 0 0; font-size: 0.875rem; }
.bars svg { display: block; width: 100%; height: 1rem; border-radius: 3px; }
.bars .total { text-align: right; font-variant-numeric: tabular-nums; }
${Array.from({ length: STEP_COLOURS }, (_, step) => `.step${step} { fill: var(--step${step}); stroke: var(--sheet); stroke-width: 1; }`).join("\n")}
details { margin: 0.75rem 0; }
summary { cursor: pointer; color: var(--accent); }
footer { margin-top: 3rem; font-size: 0.875rem; }
@media screen and (max-width: 940px) {
  main { padding: 1.25rem 1rem 2rem; }
  table, caption, tbody, tr, tbody th, td { display: block; }
  table { border: 0; background: none; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { margin: 0 0 0.75rem; padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 10px;
    background: var(--sheet); }
  tbody th { min-width: 0; padding: 0.125rem 0; border: 0; font-size: 1rem; }
  td { display: flex; justify-content: space-between; gap: 1rem; padding: 0.125rem 0; border: 0; text-align: right; }
  td:empty { display: none; }
  td::before { content: attr(data-label); flex: none; max-width: 45%; color: var(--soft); text-align: left; }
  td > * { min-width: 0; }
  .figures { white-space: normal; }
  .sentences { flex-direction: column; gap: 0; text-align: left; }
}
@media print {
  :root { color-scheme: light; font-size: 11px; }
  body { background: none; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  h2, h3, caption, summary { break-after: avoid; }
  .card, figure, tr, .notice { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; color: inherit; font-weight: 600; }
}
`;
