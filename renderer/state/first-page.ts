/**
 * The first rows of the bucket that a window opens with, asked for at once: the list that shows
 * them is made only when the status has come, and would ask then.
 */
import type { Api, KeyPage } from '../../main/api/contract.ts';

export const PAGE_ROWS = 200;

export class FirstPage {
  #asked: { readonly bucket: string; readonly page: Promise<KeyPage> } | undefined;

  ask(api: Pick<Api, 'keys'>, bucket: string): void {
    const page = api.keys({ bucket, limit: PAGE_ROWS });
    // Whoever takes it hears why it did not come.
    page.catch(() => undefined);
    this.#asked = { bucket, page };
  }

  /** Once; `undefined`: it was not asked for, or may be old by now. */
  take(bucket: string): Promise<KeyPage> | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    return asked?.bucket === bucket ? asked.page : undefined;
  }

  /** Something was written since. */
  drop(): void {
    this.#asked = undefined;
  }
}
