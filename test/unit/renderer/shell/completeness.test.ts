/** The help and the palette know everything that the window listens to and offers. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TEMPLATES } from '../../../../renderer/forms/templates.ts';
import { commandsOf, type CommandApp } from '../../../../renderer/state/commands.ts';
import type { Route } from '../../../../renderer/state/router.svelte.ts';
import { SHORTCUTS } from '../../../../renderer/state/shortcut-list.ts';

const { Actions } = await import('../../../../renderer/state/actions.svelte.ts');

const RENDERER = join(import.meta.dirname, '../../../../renderer');
const sources = new Map(
  readdirSync(RENDERER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(RENDERER.length + 1), readFileSync(path, 'utf8')] as const),
);

/** Which group of the help tells of the keys that a file listens to. */
const TOLD_IN: Readonly<Record<string, readonly string[]>> = {
  'state/shortcuts.ts': ['Everywhere'],
  'views/editor/EditorPane.svelte': ['Editor'],
  'views/editor/EntryBody.svelte': ['Editor'],
  'views/editor/codemirror.ts': ['Editor'],
  'views/editor/forms/FormArea.svelte': ['Editor'],
  'views/editor/forms/ChecklistForm.svelte': ['Checklist'],
  'views/editor/forms/ChecklistRow.svelte': ['Checklist'],
  'views/keys/KeyList.svelte': ['Keys'],
  'views/keys/KeyListHeader.svelte': ['Keys'],
  'views/history/HistoryDrawer.svelte': ['History and deleted keys'],
  'views/trash/TrashView.svelte': ['History and deleted keys'],
  'views/conflicts/ConflictRows.svelte': ['Conflicts'],
  'views/conflicts/ConflictsView.svelte': ['Conflicts'],
  'views/conflicts/MergeView.svelte': ['Merging'],
  'views/conflicts/merge-keys.ts': ['Merging'],
  'views/conflicts/PassageCard.svelte': ['Merging'],
  'views/ring/LookupForm.svelte': ['Ring'],
  'views/ring/RingDrawing.svelte': ['Ring'],
  'views/ring/RingView.svelte': ['Ring'],
  'views/team/TeamView.svelte': ['Team'],
  'views/activity/ActivityView.svelte': ['Activity'],
  // Parts with the keys that such parts have everywhere.
  'components/Drawer.svelte': ['Everywhere'],
  'views/shell/PaletteDialog.svelte': [],
};
/** Keys of a part as such: a list in a dialog, the focus in a drawer. */
const OF_THE_PART: Readonly<Record<string, readonly string[]>> = {
  'components/Drawer.svelte': ['Escape', 'Tab'],
  'views/shell/PaletteDialog.svelte': ['ArrowDown', 'ArrowUp', 'Enter'],
  'views/editor/codemirror.ts': [],
};
const WRITTEN: Readonly<Record<string, string>> = {
  ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Delete: 'Del', PageUp: 'PgUp', PageDown: 'PgDn', 'Mod-s': 'S',
};

/** Named keys as the code compares, switches over, or looks them up. */
function keysIn(text: string): readonly string[] {
  const compared = [...text.matchAll(/\b(?:key|letter)(?:\.toLowerCase\(\))?\s*[!=]==\s*'([^']+)'/g)];
  const cases = text.includes('event.key') ? [...text.matchAll(/case '([^' ]{1,12})':/g)] : [];
  const tables = [...text.matchAll(/(?:STEPS|steps|GO)\b[^=]*= \{([^;]*?)\}\s*;/g)].flatMap(([, body]) => [...(body ?? '').matchAll(/(?:^|[{,\s])([A-Za-z]+):/g)]);
  const bound = [...text.matchAll(/\{ key: '([^']+)'/g)];
  return [...compared, ...cases, ...tables, ...bound].map(([, key]) => key ?? '').filter((key) => key !== 'screen');
}

/** The keys of a group, with those that stand behind "also". */
function toldIn(title: string): readonly string[] {
  const rows = SHORTCUTS.find((group) => group.title === title)?.rows ?? assert.fail(title);
  return rows.flatMap(({ keys, words }) => [...keys, ...(/also (.+)$/.exec(words)?.[1]?.split(' ') ?? [])]);
}

test('FM-8 every key that a view listens to stands in the help', () => {
  const listening = [...sources].filter(([, text]) => /KeyboardEvent|onkeydown|keymap\.of/.test(text) && keysIn(text).length > 0);
  assert.ok(listening.length > 15, 'they were found');
  for (const [file, text] of listening) {
    const groups = TOLD_IN[file];
    assert.ok(groups !== undefined, `${file} listens to keys, and no group of the help is named for it`);
    const told = new Set(groups.flatMap(toldIn));
    for (const key of keysIn(text)) {
      if (OF_THE_PART[file]?.includes(key)) continue;
      const word = WRITTEN[key] ?? key;
      assert.ok(told.has(word) || (told.has('Mod') && told.has(word.toUpperCase())), `${file}: ${key} is not told in ${groups.join()}`);
    }
  }
});

test('FM-8 no group of the help says one key twice', () => {
  for (const { title, rows } of SHORTCUTS) {
    const keys = rows.map((row) => row.keys.join(' '));
    assert.equal(new Set(keys).size, keys.length, title);
  }
});

function appAt(route: Route, over: Partial<CommandApp> = {}) {
  const went: string[] = [];
  const tell = (what: string) => (...args: readonly unknown[]) => void went.push(`${what} ${args.map((arg) => (typeof arg === 'object' ? (arg as { screen: string }).screen : String(arg))).join(' ')}`);
  const app = {
    actions: { now: [] },
    buckets: ['notes', 'stock'],
    router: { route, go: tell('go') },
    overlays: { show: tell('show'), showNewKey: tell('new') },
    theme: { choice: 'system', set: tell('theme') },
    status: null,
    ...over,
  } as unknown as CommandApp;
  return { app, went };
}

/** Ids that views offer while they are on the page. */
function offered(): readonly string[] {
  return [...sources.values()].flatMap((text) => [...text.matchAll(/actions\.offer\(\[([^]*?)\]\)/g)]).flatMap(([, body]) => [...(body ?? '').matchAll(/\bid: '([\w-]+)'/g)].map(([, id]) => id ?? ''));
}

test('FM-8 the palette leads to every screen and opens every dialog', () => {
  const { app, went } = appAt({ screen: 'keys', bucket: 'notes' });
  const out = appAt({ screen: 'team' }, { status: { membership: { status: 'removed' } } as unknown as CommandApp['status'] });
  for (const command of commandsOf(app)) command.run();
  for (const command of commandsOf(out.app)) command.run();
  const all = [...went, ...out.went].join('\n');
  const text = (file: string): string => sources.get(file) ?? assert.fail(file);
  const screens = [...text('state/router.svelte.ts').matchAll(/readonly screen: '(\w+)'/g)].map(([, screen]) => screen ?? '');
  assert.ok(screens.length > 7);
  // Welcome is for a device without a team; one conflict is merged from the inbox, or from its key.
  for (const screen of screens.filter((one) => one !== 'welcome' && one !== 'merge')) assert.match(all, new RegExp(`^go ${screen}`, 'm'));
  assert.ok(offered().includes('merge-key'));
  const overlays = [...(/export type Overlay = ([^;]+);/.exec(text('state/overlays.svelte.ts'))?.[1] ?? '').matchAll(/'([\w-]+)'/g)].map(([, name]) => name ?? '');
  assert.ok(overlays.length > 4);
  for (const overlay of overlays.filter((one) => one !== 'palette')) assert.match(all, new RegExp(overlay === 'new-key' ? '^new notes' : `^show ${overlay}`, 'm'), overlay);
  for (const { kind } of TEMPLATES) assert.match(all, new RegExp(`^new notes ${kind}`, 'm'));
  assert.match(all, /^theme light\ntheme dark$/m);
});

test('FM-8 what a shortcut does, the palette does too', () => {
  const ids = commandsOf(appAt({ screen: 'keys', bucket: 'notes' }).app).map(({ id }) => id);
  const known = new Set([...ids, ...offered()]);
  assert.equal(new Set(ids).size, ids.length, 'each id once');
  for (const { title, rows } of SHORTCUTS) {
    for (const { command, words } of rows) if (command !== undefined) assert.ok(known.has(command), `${title}: ${words} → ${command}`);
  }
});

test('FM-8 a view offers what it can do as long as it is there', () => {
  const actions = new Actions();
  let can = true;
  const run = (): void => undefined;
  const takeBack = actions.offer([{ id: 'a', label: 'A', detail: '', run, can: () => can }]);
  const other = actions.offer([{ id: 'b', label: 'B', detail: '', run }]);
  const ids = (): string[] => actions.now.map(({ id }) => id);
  assert.deepEqual(ids(), ['b', 'a']);
  can = false;
  assert.deepEqual(ids(), ['b']);
  can = true;
  other();
  assert.deepEqual(ids(), ['a']);
  takeBack();
  assert.deepEqual(ids(), []);
});
