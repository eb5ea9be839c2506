/** What one end of a websocket can be told. */
export interface Listener {
  /** Sends a text; resolves when it is on its way, rejects when the other end is gone or does not take it. */
  send(text: string): Promise<void>;
}

/** Who listens to which subscription in this process. */
export class Sockets {
  readonly #bound = new Map<string, Set<Listener>>();

  bind(subscription: string, listener: Listener): void {
    const listeners = this.#bound.get(subscription) ?? new Set();
    listeners.add(listener);
    this.#bound.set(subscription, listeners);
  }

  /** Forgets a listener that is gone. */
  drop(listener: Listener): void {
    for (const [id, listeners] of this.#bound)
      if (listeners.delete(listener) && listeners.size === 0) this.#bound.delete(id);
  }

  /** Ids of the subscriptions that somebody listens to. */
  ids(): string[] {
    return [...this.#bound.keys()];
  }

  /** Sends to all who listen. @returns whether one of them took it. */
  async send(subscription: string, text: string): Promise<boolean> {
    const listeners = [...(this.#bound.get(subscription) ?? [])];
    const taken = await Promise.allSettled(listeners.map((listener) => listener.send(text)));
    return taken.some(({ status }) => status === 'fulfilled');
  }
}
