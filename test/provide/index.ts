/** What the tests need of the machine: found, or installed, or one line says what is missing. */
import { provideChromium } from './chromium.ts';
import { provideElectron } from './electron.ts';
import { provideNamespaces } from './namespaces.ts';
import { provideXvfb } from './xvfb.ts';

export { type Chromium, provideChromium } from './chromium.ts';
export { type ElectronBinary, provideElectron } from './electron.ts';
export { provideNamespaces } from './namespaces.ts';
export { provideXvfb, type Xvfb } from './xvfb.ts';

/** All of it at once, before the first test that needs any. @throws one line. */
export async function provideAll(): Promise<void> {
  await provideNamespaces();
  await provideChromium();
  const display = await provideXvfb();
  await display.stop();
  await provideElectron();
}
