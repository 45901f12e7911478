/** Stands for the module `cloudflare:workers` in a simulation: the base class of the product's objects. */

export class DurableObject {
  readonly ctx: unknown
  readonly env: unknown

  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx
    this.env = env
  }
}
