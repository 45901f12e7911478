/** Pages that try to send a datagram by WebRTC from every realm that they can get, and a witness that counts what arrives. */
import { createSocket, type Socket } from "node:dgram"
import type { AddressInfo } from "node:net"
import { networkInterfaces } from "node:os"

/** Where datagrams are counted: at an address that is not loopback where the machine has one, as WebRTC sends to no other. */
export class DatagramWitness {
  readonly #socket: Socket
  readonly address: string
  count = 0

  private constructor(socket: Socket, address: string) {
    this.#socket = socket
    this.address = address
    socket.on("message", () => this.count++)
  }

  static async start(): Promise<DatagramWitness> {
    const socket = createSocket("udp4")
    await new Promise<void>((bound) => socket.bind(0, "0.0.0.0", bound))
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === "IPv4" && !internal)
    return new DatagramWitness(socket, outside?.address ?? "127.0.0.1")
  }

  /** False where there is loopback only, and nothing can be witnessed. */
  get isOutside(): boolean {
    return this.address !== "127.0.0.1"
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port
  }

  close(): void {
    this.#socket.close()
  }
}

/** A script that says to its parents that it runs, and sends to the witness if its realm lets it. */
export const peerScript = ({ address, port }: DatagramWitness): string => {
  const sdp = [
    "v=0|o=- 1 2 IN IP4 127.0.0.1|s=-|t=0 0|a=group:BUNDLE 0|m=application 9 UDP/DTLS/SCTP webrtc-datachannel|c=IN IP4 0.0.0.0",
    "a=ice-ufrag:abcd|a=ice-pwd:abcdefghijklmnopqrstuvwx|a=fingerprint:sha-256 " + Array(32).fill("AA").join(":"),
    `a=setup:active|a=mid:0|a=sctp-port:5000|a=candidate:1 1 udp 2113937151 ${address} ${port} typ host|`
  ].join("|")
  return `(async () => {
    const names = Object.getOwnPropertyNames(self).filter((name) => /RTC/.test(name) && self[name] !== undefined)
    const said = "ran " + names.length
    if ((self.parent ?? self) !== self) for (let at = self; at !== at.parent; ) (at = at.parent).postMessage(said, "*")
    const Peer = self.RTCPeerConnection ?? self.webkitRTCPeerConnection
    if (Peer === undefined) return
    const peer = new Peer({ iceServers: [{ urls: "stun:${address}:${port}" }] })
    peer.createDataChannel("x")
    await peer.setLocalDescription(await peer.createOffer())
    await peer.setRemoteDescription({ type: "answer", sdp: "${sdp}".replaceAll("|", "\\r\\n") })
  })()`
}

/** The script as an element without quotes, so that it fits into any attribute; it does not need eval. */
export const peerElement = (witness: DatagramWitness): string =>
  `<script src=data:text/javascript;base64,${Buffer.from(peerScript(witness)).toString("base64")}></script>`

/** Frames in the page's own HTML. */
export const peerMarkup = (element: string, own: string): string => {
  const value = element.replaceAll("<", "&lt;")
  const nested = `<iframe srcdoc='${value}'></iframe>`.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
  return `
    <iframe srcdoc='${element}'></iframe><IFRAME/SRCDOC="${value}"></IFRAME><iframe title="<"srcdoc
      = "${value}"></iframe><iframe srcdoc=${value.replaceAll(" ", "&#32;").replaceAll(">", "&gt;")}></iframe>
    <iframe srcdoc="${nested}"></iframe><iframe csp="script-src data:" srcdoc="${value}"></iframe>
    <iframe srcdoc="<html><head><script>0</script></head><body onload=&quot;import('data:text/javascript,0')&quot;>${value}"></iframe>
    <div><template shadowrootmode=closed><iframe srcdoc='${element}'></iframe></template></div>
    <div><template shadowrootmode=open><iframe src="data:text/html,${encodeURIComponent(element)}"></iframe></template></div>
    <iframe src="data:text/html,${encodeURIComponent(element)}"></iframe><iframe src="javascript:'${value}'"></iframe>
    <object data="data:text/html,${encodeURIComponent(element)}"></object><embed type=text/html src="data:text/html,${encodeURIComponent(element)}">
    <iframe src="${own}peer.svg"></iframe><iframe src="${own}peer.xhtml"></iframe>
    <script>document.write("<iframe srcd")</script>oc='${element}'></iframe>
    <script>document.write("<iframe ")</script>srcdoc='${element}'></iframe>
    <script>document.write("<iframe srcdoc"); document.write("='${value}'></iframe>")</script>
    <script>document.write("<ifr"); document.write("ame s", "rcd"); document.write("oc"); document.write("=${value.replaceAll(" ", "&#32;").replaceAll(">", "&gt;")}></iframe>")</script>
    <textarea><script>document.write("</textarea><iframe a='")</script></textarea><iframe b='' srcdoc='${element}'></iframe>`
}

/**
 * Attempts of a page's script, by name; each gives what it got or throws. `element` is the script in an element, `run` the script itself,
 * `frame(set)` puts a frame into the page and waits for it, `heard` is what frames said.
 */
export const PEER_ATTEMPTS = `
  own: () => new RTCPeerConnection(),
  prefixed: () => new webkitRTCPeerConnection(),
  others: () => { const names = Object.getOwnPropertyNames(window).filter((name) => /RTC|Peer/.test(name) && window[name] !== undefined); if (names.length === 0) throw new TypeError("none"); return names },
  deleted: () => { delete window.RTCPeerConnection; return new RTCPeerConnection() },
  defined: () => { Object.defineProperty(window, "RTCPeerConnection", { configurable: true, value: 1 }); return new RTCPeerConnection() },
  inherited: () => { for (let at = window; at !== null; at = Object.getPrototypeOf(at)) if (Reflect.get(at, "RTCPeerConnection") !== undefined) return at; throw new TypeError("none") },
  policies: () => trustedTypes.createPolicy("x", { createHTML: (text) => text }),
  policyAgain: () => { delete window.trustedTypes; return trustedTypes.createPolicy("default", { createHTML: (text) => text }) },
  synchronous: () => { const frame = document.createElement("iframe"); document.body.append(frame); return frame.contentWindow.RTCPeerConnection },
  synchronousEval: () => { const frame = document.createElement("iframe"); document.body.append(frame); return frame.contentWindow.eval(run) },
  blank: async () => (await frame((made) => { made.src = "about:blank" })).contentWindow.RTCPeerConnection,
  property: () => frame((made) => { made.srcdoc = element }),
  attribute: () => frame((made) => made.setAttribute("SRCDOC", element)),
  attributeNs: () => frame((made) => made.setAttributeNS(null, "srcdoc", element)),
  node: () => frame((made) => { const node = document.createAttribute("srcdoc"); node.value = element; made.setAttributeNode(node) }),
  item: () => frame((made) => { const node = document.createAttribute("srcdoc"); node.value = element; made.attributes.setNamedItem(node) }),
  moved: () => frame((made) => { const other = document.createElement("p"); other.setAttribute("srcdoc", element); made.setAttributeNodeNS(other.removeAttributeNode(other.getAttributeNode("srcdoc"))) }),
  value: () => frame((made) => { made.setAttribute("srcdoc", ""); made.getAttributeNode("srcdoc").value = element }),
  nodeValue: () => frame((made) => { made.setAttribute("srcdoc", ""); made.getAttributeNode("srcdoc").nodeValue = element }),
  textContent: () => frame((made) => { made.setAttribute("srcdoc", ""); made.getAttributeNode("srcdoc").textContent = element }),
  inert: () => frame(() => {}, (made) => { const other = new Document().createElementNS(made.namespaceURI, "iframe"); other.srcdoc = element; return document.adoptNode(other) }),
  inner: () => within((place) => { place.innerHTML = markup }),
  outer: () => within((place) => { place.append(document.createElement("p")); place.firstChild.outerHTML = markup }),
  adjacent: () => within((place) => place.insertAdjacentHTML("beforeend", markup)),
  unsafe: () => within((place) => place.setHTMLUnsafe(markup)),
  safe: () => within((place) => place.setHTML(markup, { sanitizer: { elements: ["iframe"], attributes: ["srcdoc"] } })),
  shadow: () => within((place) => { place.attachShadow({ mode: "closed" }).innerHTML = markup }),
  declarative: () => within((place) => place.setHTMLUnsafe("<div><template shadowrootmode=closed>" + markup + "</template></div>")),
  parsed: () => within((place) => place.append(...Document.parseHTMLUnsafe(markup).body.childNodes)),
  parser: () => within((place) => place.append(document.adoptNode(new DOMParser().parseFromString(markup, "text/html").body))),
  xml: () => within((place) => place.append(document.adoptNode(new DOMParser().parseFromString('<iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="' + value + '"/>', "text/xml").documentElement))),
  entity: () => within((place) => place.append(document.adoptNode(new DOMParser().parseFromString("<!DOCTYPE r [<!ENTITY e \\"&#60;iframe xmlns='http://www.w3.org/1999/xhtml' srcd&#111;c='" + value.replaceAll("&", "&#38;") + "'/>\\">]><r>&e;</r>", "text/xml").documentElement))),
  attlist: () => within((place) => place.append(document.adoptNode(new DOMParser().parseFromString("<!DOCTYPE r [<!ATTLIST iframe srcdoc CDATA '" + value + "'>]><iframe xmlns='http://www.w3.org/1999/xhtml'/>", "text/xml").documentElement))),
  transformed: () => within((place) => { const sheet = new DOMParser().parseFromString('<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/"><iframe xmlns="http://www.w3.org/1999/xhtml"><x:attribute name="srcdo{\\'c\\'}">' + value + '</x:attribute></iframe></x:template></x:stylesheet>', "text/xml"); const processor = new XSLTProcessor(); processor.importStylesheet(sheet); place.append(processor.transformToFragment(new DOMParser().parseFromString("<r/>", "text/xml"), document)) }),
  requested: () => within(async (place) => { const xhr = new XMLHttpRequest(); xhr.open("GET", URL.createObjectURL(new Blob([markup], { type: "text/html" }))); xhr.responseType = "document"; await new Promise((done) => { xhr.onloadend = done; xhr.send() }); place.append(document.adoptNode((xhr.response ?? xhr.responseXML).body)) }),
  requestedXml: () => within(async (place) => { const xhr = new XMLHttpRequest(); xhr.open("GET", URL.createObjectURL(new Blob(['<iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="' + value + '"/>'], { type: "text/xml" }))); await new Promise((done) => { xhr.onloadend = done; xhr.send() }); place.append(document.adoptNode(xhr.responseXML.documentElement)) }),
  fragment: () => within((place) => place.append(document.createRange().createContextualFragment(markup))),
  template: () => within((place) => { const template = document.createElement("template"); template.innerHTML = markup; place.append(template.content.cloneNode(true)) }),
  command: () => within((place) => { place.contentEditable = "true"; place.focus(); document.execCommand("insertHTML", false, markup) }),
  otherDocument: () => within((place) => { const other = document.implementation.createHTMLDocument(""); other.write("<iframe srcd"); other.write("oc='" + element + "'></iframe>"); other.close(); place.append(...other.body.childNodes) }),
  poisoned: () => { const kept = [String.prototype.replace, String.prototype.slice, RegExp.prototype.exec, RegExp.prototype.test, String.prototype.lastIndexOf, Reflect.apply]
    String.prototype.replace = String.prototype.slice = () => ""; RegExp.prototype.exec = () => null; RegExp.prototype.test = () => false; String.prototype.lastIndexOf = () => -1; Reflect.apply = () => null
    const made = [document.createElement("iframe"), document.createElement("p")]; made[0].srcdoc = element; made[1].innerHTML = markup
    ;[String.prototype.replace, String.prototype.slice, RegExp.prototype.exec, RegExp.prototype.test, String.prototype.lastIndexOf, Reflect.apply] = kept
    return within((place) => place.append(...made)) },
  blob: () => frame((made) => { made.src = URL.createObjectURL(new Blob([element], { type: "text/html" })) }),
  blobXml: () => frame((made) => { made.src = URL.createObjectURL(new Blob(['<x xmlns="http://www.w3.org/1999/xhtml">' + element.replace("src=", 'src="').replace("></", '"></') + "</x>"], { type: "application/xhtml+xml" })) }),
  data: () => frame((made) => { made.src = "data:text/html," + encodeURIComponent(element) }),
  script: () => frame((made) => { made.src = "javascript:" + run }),
  scriptTarget: async () => { const made = await frame((made) => { made.name = "peer-target" }); const link = Object.assign(document.createElement("a"), { href: "javascript:" + run, target: "peer-target" }); document.body.append(link); HTMLElement.prototype.click.call(link); await wait(200); made.contentWindow.location = "javascript:" + run },
  object: () => within((place) => { place.append(Object.assign(document.createElement("object"), { data: URL.createObjectURL(new Blob([element], { type: "text/html" })) }), Object.assign(document.createElement("embed"), { type: "text/html", src: "data:text/html," + encodeURIComponent(element) })) }),
  meta: async () => { const meta = document.createElement("meta"); meta.httpEquiv = "content-security-policy"; meta.content = "script-src 'unsafe-inline' 'unsafe-eval' data: blob:"; document.head.append(meta); return frame((made) => { made.srcdoc = element }) },
  pictureInPicture: async () => (await documentPictureInPicture.requestWindow()).RTCPeerConnection,
  opened: () => open("about:blank").RTCPeerConnection,
  worker: () => new Promise((done, failed) => { const worker = new Worker(URL.createObjectURL(new Blob([run + ";postMessage(Object.getOwnPropertyNames(self).filter((name) => /PeerConnection/.test(name)).join())"]))); worker.onmessage = ({ data }) => data === "" ? failed(new TypeError("none")) : done(data); worker.onerror = () => failed(new TypeError("error")) }),
  sharedWorker: () => new Promise((done, failed) => { const worker = new SharedWorker("data:text/javascript,onconnect=({ports:[p]})=>p.postMessage(typeof RTCPeerConnection)"); worker.port.onmessage = ({ data }) => data === "undefined" ? failed(new TypeError("none")) : done(data); worker.onerror = () => failed(new TypeError("error")); setTimeout(() => failed(new TypeError("silence")), 500) })
`
