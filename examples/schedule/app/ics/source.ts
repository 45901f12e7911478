/** A component as the import kept it. */
import ICAL from "ical.js"

/** A component from its jCal text. Throws when it is none. */
export function readSource(source: string): ICAL.Component {
  return new ICAL.Component(JSON.parse(source) as unknown[]) // ical.js looks at each part when it is used
}
