/**
 * What a picture says of its size in its first bytes, before anything decodes it: a file of a few
 * kilobytes can claim to be gigabytes of pixels.
 */
export const PICTURE_BYTES_MAX = 20 * 1024 * 1024;
/** Photographs of telephones have up to 50 million. */
const PIXELS_MAX = 50_000_000;
/** Holds what cameras put before the size of a JPEG. */
export const PICTURE_HEAD_BYTES = 512 * 1024;

const PNG_SIGNATURE = 0x89504e47;
const PNG_IHDR = 0x49484452;
const JPEG_START = 0xffd8;
const JPEG_SCAN = 0xda;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Why a picture is not read, in words; `undefined` when it may be. `head`: its first bytes. */
export function pictureProblem(bytes: number, head: Uint8Array): string | undefined {
  if (bytes > PICTURE_BYTES_MAX) return 'This file is too large for a picture of a QR code.';
  const size = pictureSize(head);
  if (size === undefined) return 'This is no PNG or JPEG picture.';
  if (size.width * size.height === 0 || size.width * size.height > PIXELS_MAX) return 'This picture has too many pixels. Cut out the QR code.';
  return undefined;
}

/** Of a PNG or a JPEG; `undefined` for anything else. */
export function pictureSize(head: Uint8Array): PictureSize | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return pngSize(view) ?? jpegSize(view);
}

function pngSize(view: DataView): PictureSize | undefined {
  if (view.byteLength < 24 || view.getUint32(0) !== PNG_SIGNATURE || view.getUint32(12) !== PNG_IHDR) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** The size stands in the first frame header (SOF); segments before it are passed over. */
function jpegSize(view: DataView): PictureSize | undefined {
  if (view.byteLength < 2 || view.getUint16(0) !== JPEG_START) return undefined;
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (isFrame(marker)) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    if (marker === JPEG_SCAN) return undefined;
    // Fill bytes may stand before a marker.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** SOF0 to SOF15, without the three markers among them that are something else. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
