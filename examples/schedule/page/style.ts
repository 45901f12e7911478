/** The look of all pages: one style sheet, in the page itself, light and dark, from 320 px up. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #5b6675; --line: #dfe4ea; --accent: #1f5fbf;
  --accent-ink: #fff; --accent-soft: #e3edfb; --warn: #9a3412; --warn-soft: #fdece1; --outside: #f0f2f5;
  --shadow: 0 1px 2px rgb(20 30 50 / .06), 0 4px 16px rgb(20 30 50 / .05);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --card: #1a2029; --ink: #e6eaf0; --soft: #9aa7b8; --line: #2b3440; --accent: #7db0ff;
    --accent-ink: #0d1a2e; --accent-soft: #20304a; --warn: #ffb48a; --warn-soft: #3a2418; --outside: #151a21;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
a { color: var(--accent); text-underline-offset: .15em; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
#status { margin: 0; }
#status:empty { position: absolute; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 2; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; padding: .75rem clamp(1rem, 3vw, 2rem);
  background: var(--card); border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; display: flex; gap: .5rem; align-items: center; }
.brand svg { width: 1.4rem; height: 1.4rem; color: var(--accent); }
.bar .who { margin-left: auto; color: var(--soft); font-size: .9rem; }
main { max-width: 76rem; margin: 0 auto; padding: clamp(1rem, 3vw, 2rem); display: grid; gap: 1.5rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: clamp(.9rem, 2.5vw, 1.5rem);
  box-shadow: var(--shadow); min-width: 0; }
.head { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; justify-content: space-between; margin-bottom: 1rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
.button, button { font: inherit; font-weight: 600; border: 1px solid var(--line); border-radius: 8px; padding: .45rem .9rem;
  min-height: 2.75rem; display: inline-flex; align-items: center; background: var(--card); color: var(--ink); text-decoration: none; cursor: pointer; }
.button:hover, button:hover { border-color: var(--accent); }
.main-action { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.danger { color: var(--warn); }
label { display: grid; gap: .25rem; font-size: .9rem; font-weight: 600; color: var(--soft); flex: 1 1 9rem; }
input, textarea, select { font: inherit; font-weight: 400; width: 100%; min-height: 2.75rem; padding: .45rem .7rem; border-radius: 8px;
  border: 1px solid color-mix(in srgb, var(--soft) 60%, transparent); background: var(--paper); color: var(--ink); }
textarea { min-height: 7rem; resize: vertical; }
form.stack { display: grid; gap: 1rem; max-width: 40rem; }
.grid { width: 100%; border-collapse: collapse; table-layout: fixed; }
.grid caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.grid th { font-size: .8rem; font-weight: 600; color: var(--soft); padding: .25rem; text-align: left; }
.grid td { border: 1px solid var(--line); vertical-align: top; height: 6.5rem; padding: .3rem; overflow: hidden; }
.grid td.outside { background: var(--outside); }
.grid ul { list-style: none; margin: .2rem 0 0; padding: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: .2rem; }
.day { font-size: .85rem; color: var(--soft); text-decoration: none; display: inline-block; min-width: 1.7rem; line-height: 1.7rem; text-align: center; border-radius: 99px; }
.day:hover { background: var(--accent-soft); }
.today .day { background: var(--accent); color: var(--accent-ink); font-weight: 700; }
.grid .chip { display: block; font-size: .8rem; line-height: 1.35; padding: .1rem .4rem; border-radius: 5px; color: var(--ink);
  text-decoration: none; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; border-left: 3px solid var(--accent); }
.search { position: relative; }
.found { position: absolute; top: 100%; left: 0; z-index: 10; width: min(26rem, 90vw); list-style: none; margin: .25rem 0 0; padding: .35rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 30px rgb(0 0 0 / .2); }
.found[hidden] { display: none; }
.found a, .found li:not(:has(a)) { display: block; padding: .4rem .6rem; border-radius: 6px; text-decoration: none; overflow-wrap: anywhere; }
.found a:is(:hover, :focus) { background: var(--accent-soft); }
.hint { margin: -.6rem 0 0; font-size: .85rem; color: var(--soft); }
.blue { --mine: #1f5fbf; } .green { --mine: #2f7d4f; } .red { --mine: #b3261e; } .purple { --mine: #7b4bb5; }
.orange { --mine: #b25a00; } .teal { --mine: #0f766e; } .pink { --mine: #b02a6f; } .grey { --mine: #5b6675; }
.grid .chip { border-left-color: var(--mine, var(--accent)); background: color-mix(in srgb, var(--mine, var(--accent)) 14%, var(--card)); }
.dot { width: 1rem; height: 1rem; border-radius: 50%; background: var(--mine); align-self: center; }
.agenda.wide li { display: flex; flex-wrap: wrap; gap: .5rem 1rem; justify-content: space-between; }
.wide input, .wide select { width: auto; }
.agenda { list-style: none; margin: 0; padding: 0; display: grid; gap: .1rem; }
.agenda li { display: grid; grid-template-columns: 8.5rem 1fr; gap: .25rem 1rem; padding: .6rem 0; border-top: 1px solid var(--line); }
.agenda li:first-child { border-top: 0; }
.agenda time, .soft { color: var(--soft); font-size: .9rem; }
.agenda a { font-weight: 600; overflow-wrap: anywhere; }
.note { background: var(--warn-soft); color: var(--warn); padding: .6rem .9rem; border-radius: 8px; margin: 0 0 1rem; }
.cards { display: grid; gap: 1.5rem; min-width: 0; }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.grid .chip.two { border-left-color: var(--warn); background: var(--warn-soft); }
.grid .chip.two::before { content: "⚑ "; color: var(--warn); }
.mark, .badge { display: inline-block; font-size: .78rem; font-weight: 600; line-height: 1.5; padding: 0 .55rem; border-radius: 99px; white-space: nowrap; }
.agenda a.mark { font-weight: 600; }
.mark { background: var(--warn-soft); color: var(--warn); margin-left: .35rem; text-decoration: none; }
.mark:hover { text-decoration: underline; }
.badge { background: var(--accent-soft); color: var(--ink); }
.decide h3 { font-size: .9rem; color: var(--soft); margin: 1rem 0 .5rem; }
.decide p { margin: 0; }
section:not(.card).decide { border: 1px solid var(--line); border-left: 4px solid var(--warn); border-radius: 8px;
  padding: 1rem clamp(.9rem, 2vw, 1.25rem); margin-bottom: 1.5rem; }
.card.decide { border-left: 4px solid var(--warn); }
.decide h2 { margin-bottom: .35rem; }
.choices { list-style: none; margin: .75rem 0 0; padding: 0; display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
h3 + .choices { margin-top: 0; }
.choices > li { border: 1px solid var(--line); border-radius: 8px; padding: .8rem .9rem; display: flex; flex-direction: column; gap: .45rem; min-width: 0; background: var(--paper); }
.choices > li > :last-child { margin-top: auto; padding-top: .35rem; }
.choices > .shown { border-color: var(--accent); }
.choices .value { font-weight: 600; overflow-wrap: anywhere; white-space: pre-line; }
.choices .soft strong { color: var(--ink); font-weight: 600; }
.plain { list-style: none; margin: 0; padding: 0; font-size: .9rem; overflow-wrap: anywhere; }
.empty { color: var(--soft); margin: 0; }
.history { font-size: .9rem; width: 100%; border-collapse: collapse; }
.history th, .history td { text-align: left; padding: .35rem .6rem .35rem 0; border-top: 1px solid var(--line); }
.history :is(th, td):last-child { overflow-wrap: anywhere; min-width: 7rem; padding-right: 0; }
.history td:first-child { min-width: 6.5rem; }
@media (min-width: 900px) { .agenda li { grid-template-columns: 14.5rem 1fr; } }
@media (min-width: 641px) { .history td:not(:last-child) { white-space: nowrap; } }
.scroll { overflow-x: auto; }
footer { color: var(--soft); font-size: .85rem; padding: 0 clamp(1rem, 3vw, 2rem) 2rem; max-width: 76rem; margin: 0 auto; }
@media (max-width: 640px) {
  .grid td { height: 3.4rem; padding: .15rem; text-align: center; }
  .grid th { text-align: center; padding: .2rem 0; }
  .grid ul { display: flex; flex-wrap: wrap; gap: 3px; justify-content: center; }
  .grid .chip { width: 9px; height: 9px; padding: 0; border: 0; border-radius: 50%; background: var(--mine, var(--accent)); color: transparent; font-size: 0; }
  .grid .chip.two { background: var(--warn); }
  .grid .chip.two::before { content: none; }
  .agenda li { grid-template-columns: 1fr; gap: 0; }
  .bar .who { width: 100%; margin: 0; }
  .search { flex: 1 1 100%; }
}
@media (prefers-reduced-motion: no-preference) { .button, button, .chip { transition: border-color .15s, background .15s; } }
`
