/** What many maps have in common: it never changes. */
export class BaseLayer<K, V> {
  readonly entries: ReadonlyMap<K, V>;
  readonly values: readonly V[];
  readonly places: ReadonlyMap<K, number>;

  constructor(entries: ReadonlyMap<K, V>) {
    this.entries = entries;
    this.values = [...entries.values()];
    this.places = new Map([...entries.keys()].map((key, index) => [key, index]));
  }
}

/** A map over a base that it shares with others: ten thousand of them cost little memory. */
export class LayeredMap<K, V> extends Map<K, V> {
  readonly #base: BaseLayer<K, V>;
  #added = 0;

  constructor(base: BaseLayer<K, V>) {
    super();
    this.#base = base;
  }

  override get size(): number {
    return this.#base.values.length + this.#added;
  }

  override get(key: K): V | undefined {
    return this.#get(key) ?? this.#base.entries.get(key);
  }

  override has(key: K): boolean {
    return super.has(key) || this.#base.entries.has(key);
  }

  override set(key: K, value: V): this {
    if (!this.has(key)) this.#added += 1;
    return super.set(key, value);
  }

  override values(): MapIterator<V> {
    if (super.size === 0) return this.#base.values.values();
    const values = [...this.#base.values];
    for (const [key, value] of super.entries()) {
      const place = this.#base.places.get(key);
      if (place === undefined) values.push(value);
      else values[place] = value;
    }
    return values.values();
  }

  /** Of what it has beyond the base, which is nothing for most. */
  #get(key: K): V | undefined {
    return super.size === 0 ? undefined : super.get(key);
  }
}
