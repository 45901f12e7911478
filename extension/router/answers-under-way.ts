/** Navigations that are being answered: a shell whose frame stays blank asks whether its page is one of them. Keeps SPEC rule ROU-36. */
export class AnswersUnderWay {
  readonly #counts = new Map<string, number>()

  /** @param url of the navigation, no fragment */
  add(url: string, answer: Promise<unknown>): void {
    this.#count(url, 1)
    const end = (): void => this.#count(url, -1)
    answer.then(end, end)
  }

  has(url: string): boolean {
    return this.#counts.has(url)
  }

  #count(url: string, by: number): void {
    const count = (this.#counts.get(url) ?? 0) + by
    if (count === 0) this.#counts.delete(url)
    else this.#counts.set(url, count)
  }
}
