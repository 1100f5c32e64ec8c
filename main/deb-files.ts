/** The texts of the Debian package, as Debian's policy and the freedesktop.org specifications ask for them. */
import { CLI_SWITCH } from './desktop/cli-mode.ts';

export const APP_FOLDER = '/opt/Ringleaf';

export interface DebFacts {
  readonly version: string;
  /** Debian's name of it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly installedKib: number;
}

/** Libraries that Electron links or loads; the second name is that of the 64-bit time_t transition. */
const DEPENDS = [
  'libasound2 | libasound2t64',
  'libatk-bridge2.0-0 | libatk-bridge2.0-0t64',
  'libatspi2.0-0 | libatspi2.0-0t64',
  'libcups2 | libcups2t64',
  'libdrm2',
  'libgbm1',
  'libgtk-3-0 | libgtk-3-0t64',
  'libnotify4',
  'libnss3',
  'libxkbcommon0',
  'xdg-utils',
];

export function controlText({ version, architecture, installedKib }: DebFacts): string {
  return `Package: ringleaf
Version: ${version}
Architecture: ${architecture}
Maintainer: The Ringleaf authors <ringleaf@localhost>
Installed-Size: ${installedKib}
Depends: ${DEPENDS.join(', ')}
Recommends: dbus-bin | libglib2.0-bin, libayatana-appindicator3-1
Section: net
Priority: optional
Description: a team's records on every desk, without a server
 Every desktop is a full node of a Dynamo-style store. It finds its teammates
 on the network, keeps copies on distinct machines, takes writes while others
 are away, and lets people merge what they changed apart.
`;
}

export function desktopEntry(): string {
  return `[Desktop Entry]
Type=Application
Name=Ringleaf
GenericName=Shared records
Comment=Your team's records, on your team's own devices
Exec=/usr/bin/ringleaf %u
Icon=ringleaf
Terminal=false
Categories=Office;Network;
Keywords=notes;team;sync;peer-to-peer;
MimeType=x-scheme-handler/ringleaf;
StartupWMClass=Ringleaf
StartupNotify=true
`;
}

/**
 * A command goes to the command line; nothing, a link or a switch to the desktop. The command line
 * shows no page and so has no use for a sandbox or a display.
 */
export function launcherText(): string {
  return `#!/bin/sh
# ringleaf: the desktop app; with a command ("ringleaf status"), the command line.
app="$(dirname "$(readlink -f "$0")")/../..${APP_FOLDER}/ringleaf"
case "\${1-}" in
  --help | -h) set -- --help ;;
  '' | -* | ringleaf:*) exec "$app" "$@" ;;
esac
exec "$app" --ozone-platform=headless --no-sandbox --no-zygote --disable-gpu --disable-logging ${CLI_SWITCH} -- "$@"
`;
}

/** Chromium's sandbox needs its helper to be root's and setuid where user namespaces are closed. */
export function postinstText(): string {
  return `#!/bin/sh
set -e
if [ "$1" = configure ]; then
  chown root:root ${APP_FOLDER}/chrome-sandbox
  chmod 4755 ${APP_FOLDER}/chrome-sandbox
${REFRESH}fi
`;
}

export function postrmText(): string {
  return `#!/bin/sh
set -e
if [ "$1" = remove ] || [ "$1" = purge ]; then
${REFRESH}fi
`;
}

const REFRESH = `  if command -v update-desktop-database >/dev/null 2>&1; then
    update-desktop-database -q /usr/share/applications || true
  fi
  if command -v gtk-update-icon-cache >/dev/null 2>&1; then
    gtk-update-icon-cache -q -t -f /usr/share/icons/hicolor || true
  fi
`;

export function copyrightText(licence: string): string {
  const body = licence.trim().split('\n').map((line) => (line.trim() === '' ? ' .' : ` ${line}`)).join('\n');
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Ringleaf
Comment: ${APP_FOLDER} holds the licences of Electron, Chromium and the bundled
 packages: LICENSE.electron.txt, LICENSES.chromium.html, THIRD-PARTY.txt and
 THIRD-PARTY-window.txt.

Files: *
Copyright: The Ringleaf authors
License: MIT
${body}
`;
}
