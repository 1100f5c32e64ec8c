/** The text of the QR code in a picture that a person chose or pasted. Its file is hostile. */
import { decodeQR } from 'qr/decode.js';
import { PICTURE_HEAD_BYTES, pictureProblem } from './picture-limits.ts';

/** A dense code is still read at this; more pixels only take longer. */
const SIDE_MAX = 2_048;
const DECODE_MS_MAX = 500;

/** Says why a picture gave nothing, in words that can be shown. */
export class PictureError extends Error {}

/** @throws PictureError. */
export async function readPicture(file: Blob): Promise<string> {
  const head = new Uint8Array(await file.slice(0, PICTURE_HEAD_BYTES).arrayBuffer());
  const problem = pictureProblem(file.size, head);
  if (problem !== undefined) throw new PictureError(problem);
  const pixels = await pixelsOf(file);
  try {
    return decodeQR(pixels, { timeLimit: DECODE_MS_MAX });
  } catch {
    throw new PictureError('No QR code was found in this picture. Take all of it in, straight and sharp.');
  }
}

async function pixelsOf(file: Blob): Promise<ImageData> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new PictureError('This picture is damaged.');
  });
  try {
    const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
    const [width, height] = [Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale))];
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (context === null) throw new PictureError('This window cannot read pictures.');
    // What is transparent is paper, not ink.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(picture, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } finally {
    picture.close();
  }
}
