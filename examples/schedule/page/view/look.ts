/** The look of the view: FullCalendar's own style sheets, with the page's colours in light and dark. */
import skeleton from "fullcalendar/skeleton.css"
import palette from "fullcalendar/themes/classic/palette.css"
import theme from "fullcalendar/themes/classic/theme.css"

/** The colours of calendars, each readable under white text and on both backgrounds. */
export const COLOURS: Readonly<Record<string, string>> = {
  blue: "#1f5fbf",
  green: "#2f7d4f",
  red: "#b3261e",
  purple: "#7b4bb5",
  orange: "#a34f00",
  teal: "#0f766e",
  pink: "#b02a6f",
  grey: "#5b6675"
}

const own = `
:root, [data-color-scheme] {
  --fc-classic-background: var(--card); --fc-classic-foreground: var(--ink); --fc-classic-border: var(--line);
  --fc-classic-strong-border: var(--soft); --fc-classic-faint-foreground: var(--soft); --fc-classic-muted-foreground: var(--soft);
  --fc-classic-faint: var(--outside); --fc-classic-muted: var(--outside); --fc-classic-today: var(--accent-soft);
  --fc-classic-highlight: var(--accent-soft); --fc-classic-primary: var(--accent);
}
#view { font-size: .9rem; }
#view a { color: inherit; text-decoration: none; }
#view a:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; z-index: 9; }
/* What an event is drawn longer by: FullCalendar has it only where the first pointing device hovers, which a mouse beside a touch screen is not. */
#view a.chip:hover > :empty:last-child { display: block; }
#view a.two { outline: 2px dashed var(--warn); outline-offset: -2px; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin-bottom: 1rem; }
.tools button { min-height: 2.25rem; padding: .25rem .7rem; }
.tools button[aria-pressed=true] { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.tools button:disabled { color: var(--soft); cursor: default; opacity: .6; }
.tools [role=group] { display: flex; gap: .25rem; flex-wrap: wrap; }
.tools label { display: flex; flex: none; align-items: center; gap: .4rem; }
.tools input[type=checkbox] { width: 1.1rem; min-height: 1.1rem; accent-color: var(--mine); }
.tools label:has(select) { max-width: 100%; }
.tools select { width: auto; min-width: 0; flex: 0 1 16rem; min-height: 2.25rem; padding: .2rem .5rem; }
.ask { border: 1px solid var(--line); border-radius: 12px; background: var(--card); color: var(--ink); padding: 1.5rem; width: min(26rem, calc(100vw - 2rem)); }
.ask::backdrop { background: rgb(0 0 0 / .45); }
.ask form { display: grid; gap: .9rem; position: relative; }
.ask h2, .ask p { margin: 0; padding-right: 2rem; overflow-wrap: anywhere; }
.ask .close { position: absolute; top: -.75rem; right: -.75rem; border: 0; font-size: 1.4rem; background: none; }
.ask .stacked { display: grid; gap: .5rem; }
.ask .stacked button { justify-content: center; }
.keys { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1rem; margin: 0; }
.keys dd { margin: 0; }
kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 .35rem; font: .85em ui-monospace, monospace; }
#reminders { position: fixed; right: 1rem; bottom: 1rem; z-index: 20; display: grid; gap: .5rem; max-width: min(24rem, calc(100vw - 2rem)); }
#reminders p { margin: 0; background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 8px; padding: .6rem .9rem; box-shadow: 0 4px 24px rgb(0 0 0 / .25); }
`

/** Puts the style sheets into the page. */
export function dress(): void {
  const style = document.createElement("style")
  style.textContent = [skeleton, theme, palette, own].join("\n")
  document.head.append(style)
}
