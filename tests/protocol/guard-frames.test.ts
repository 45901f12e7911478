import fc from "fast-check"
import { Parser } from "htmlparser2"
import { expect, test } from "vitest"
import { FRAME_GUARD, guardDocument, guardFrames, guardPiece } from "../../shared/protocol/guard-frames.ts"

/** The text of every frame in the HTML. */
const framesOf = (html: string): readonly string[] => {
  const found: string[] = []
  const parser = new Parser({
    onopentag: (name, { srcdoc }) => {
      if (name === "iframe" && srcdoc !== undefined) found.push(srcdoc)
    }
  })
  parser.end(html)
  return found
}

test("[CLI-39] the text of a frame begins with the policy, however its attribute is written", () => {
  for (const html of [
    `<iframe srcdoc="<p>x">`,
    `<IFRAME\tSRCDOC = '<p>x'>`,
    `<iframe/srcDoc=<p/x>`,
    `<iframe src="a"srcdoc\n=\n"<p>x" name=b>`
  ]) {
    const [text] = framesOf(guardFrames(html))
    expect(text?.startsWith(`${FRAME_GUARD}<p`), html).toBe(true)
  }
})

test("[CLI-39] a frame's tag with `<` or `>` in a value loses its text; a script stays what it was", () => {
  expect(framesOf(guardFrames(`<iframe title="<" srcdoc="x">`)).every((text) => text === "")).toBe(true)
  const script = `let srcdoc = 1; if (srcdoc == 1) frame.srcdoc = text, { srcdoc } = y, "srcdoc" in z`
  expect(guardFrames(script).replaceAll("/**/", "")).toBe(script)
  expect(guardFrames("srcdoc = 2")).toBe("srcdoc/**/ = 2")
})

test("[CLI-39] a text without frames' texts stays as it is", () => {
  for (const text of ["", "<p>src doc=", "srcdoc", "<iframe srcdoc>", "<iframe src=srcdoc>"])
    expect(guardFrames(text)).toBe(text)
})

test("[CLI-39] a name that goes on in the next piece is no name any more", () => {
  expect(guardPiece("<iframe s")).toBe("<iframe s ")
  expect(guardPiece("srcd")).toBe("srcd ")
  expect(guardPiece(`<iframe a=""srcdoc \n`)).toBe(`<iframe a=""srcdoc \n/`)
  for (const whole of ["<p>its", "<b>s</b>", "<iframe src=a", "class"]) expect(guardPiece(whole)).toBe(whole)
})

test("[CLI-39] a frame's own text is guarded once", () => {
  expect(guardDocument("")).toBe("")
  expect(guardDocument("<p>")).toBe(`${FRAME_GUARD}<p>`)
  expect(guardDocument(guardDocument("<p>"))).toBe(`${FRAME_GUARD}<p>`)
})

const token = fc.constantFrom(
  ..."<iframe |<IFRAME/|srcdoc|srcd|oc|s|r|c|SRCDOC=|=| |\n|/|\"|'|>|<|<p>|x|a=b|</iframe>|<!--|-->|<script>|</script>|<title>".split(
    "|"
  )
)
const markup = fc.array(token, { maxLength: 14 }).map((tokens) => tokens.join(""))
const isGuarded = (html: string): boolean => framesOf(html).every((text) => text === "" || text.startsWith(FRAME_GUARD))

test("[CLI-39] no text that a parser finds is without the policy (random)", () => {
  fc.assert(
    fc.property(markup, (html) => isGuarded(guardFrames(html))),
    { numRuns: 20_000 }
  )
})

test("[CLI-39] nor is one that comes in pieces, and goes on in the page's own text (random)", () => {
  fc.assert(
    fc.property(fc.array(markup, { maxLength: 5 }), markup, (pieces, rest) =>
      isGuarded(`${pieces.map(guardPiece).join("")}${guardFrames(rest)}`)
    ),
    { numRuns: 20_000 }
  )
})
