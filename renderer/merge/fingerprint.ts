/**
 * 64 bits that tell texts apart. Not against forgery: drafts are compared with what this device
 * wrote itself.
 *
 * Source: two lanes of MurmurHash2's mixing (Appleby 2008) over UTF-16 units.
 */
export function fingerprint(text: string): string {
  let left = 0xdeadbeef ^ text.length;
  let right = 0x41c6ce57 ^ text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    left = Math.imul(left ^ unit, 2_654_435_761);
    right = Math.imul(right ^ unit, 1_597_334_677);
  }
  left = Math.imul(left ^ (left >>> 16), 2_246_822_507) ^ Math.imul(right ^ (right >>> 13), 3_266_489_909);
  right = Math.imul(right ^ (right >>> 16), 2_246_822_507) ^ Math.imul(left ^ (left >>> 13), 3_266_489_909);
  return [left, right].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}
