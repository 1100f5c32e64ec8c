/** An invitation out of a picture of its QR code. The reader of pictures comes when it is first needed. */
export class InvitePicture {
  busy = $state(false);
  error = $state<string | null>(null);
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  async take(file: Blob): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      const { readPicture } = await import('../qr/read-picture.ts');
      this.#onText(await readPicture(file));
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  }
}
