/** The commands of the palette: every screen, what can be done anywhere, and what the page can do now. */
import { TEMPLATES } from '../forms/templates.ts';
import type { App } from './app.svelte.ts';
import type { Route } from './router.svelte.ts';
import type { ThemeChoice } from './theme.svelte.ts';
import { visible } from '../names/visible.ts';

export interface Command {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  readonly kind: 'screen' | 'action' | 'key';
  readonly run: () => void;
}

export type CommandApp = Pick<App, 'actions' | 'buckets' | 'router' | 'overlays' | 'theme' | 'status'>;

const THEMES: readonly (readonly [ThemeChoice, string])[] = [
  ['light', 'Light theme'],
  ['dark', 'Dark theme'],
  ['system', 'Theme of the system'],
];

export function commandsOf(app: CommandApp): readonly Command[] {
  const bucket = bucketIn(app);
  const here = app.actions.now.map((action): Command => ({ ...action, kind: 'action' }));
  return [...here, ...screens(app, bucket), ...anywhere(app, bucket), ...bucketCommands(app)];
}

/** The bucket that one looks at; empty elsewhere. */
export function bucketIn({ router: { route }, buckets }: Pick<CommandApp, 'router' | 'buckets'>): string {
  return route.screen === 'keys' || route.screen === 'trash' ? (route.bucket ?? buckets?.[0] ?? '') : '';
}

function screens({ router }: CommandApp, bucket: string): readonly Command[] {
  const screen = (id: string, label: string, route: Route, detail = 'Go to'): Command => ({ id, label, detail, kind: 'screen', run: () => router.go(route) });
  return [
    screen('keys', 'Keys', { screen: 'keys' }),
    screen('conflicts', 'Conflicts', { screen: 'conflicts' }),
    screen('team', 'Team', { screen: 'team' }),
    screen('ring', 'Ring', { screen: 'ring' }),
    screen('activity', 'Activity', { screen: 'activity' }),
    screen('settings', 'Settings', bucket === '' ? { screen: 'settings' } : { screen: 'settings', bucket }),
    ...(bucket === '' ? [] : [screen('trash', 'Deleted keys', { screen: 'trash', bucket }, visible(bucket))]),
  ];
}

function anywhere({ overlays, theme, status }: CommandApp, bucket: string): readonly Command[] {
  const isOut = status?.membership?.status === 'removed';
  const action = (id: string, label: string, detail: string, run: () => void): Command => ({ id, label, detail, kind: 'action', run });
  return [
    action('new-key', 'New key', 'Write', () => overlays.showNewKey(bucket)),
    ...TEMPLATES.map(({ kind, label }) => action(`new-${kind}`, `New ${kind === 'json' ? label : label.toLowerCase()}`, 'Write', () => overlays.showNewKey(bucket, kind))),
    action('export', 'Export records to a file', 'JSON Lines', () => overlays.show('export')),
    action('import', 'Import records from a file', 'JSON Lines', () => overlays.show('import')),
    ...(isOut
      ? [action('rejoin', 'Join the team again', 'Team', () => overlays.show('rejoin'))]
      : [action('invite', 'Invite to the team', 'Team', () => overlays.show('invite')), action('invitations', 'Open invitations', 'Team', () => overlays.show('invitations'))]),
    ...THEMES.filter(([choice]) => choice !== theme.choice).map(([choice, label]) => action(`theme-${choice}`, label, 'Look', () => theme.set(choice))),
    action('doctor', 'Network doctor', 'Why does it not sync?', () => overlays.show('doctor')),
    action('help', 'Keyboard shortcuts', 'Help', () => overlays.show('help')),
  ];
}

function bucketCommands({ buckets, router }: CommandApp): readonly Command[] {
  return (buckets ?? []).flatMap((bucket): readonly Command[] => [
    { id: `bucket:${bucket}`, label: visible(bucket), detail: 'Bucket', kind: 'screen', run: () => router.go({ screen: 'keys', bucket }) },
    { id: `settings:${bucket}`, label: `Settings of ${visible(bucket)}`, detail: 'Bucket', kind: 'screen', run: () => router.go({ screen: 'settings', bucket }) },
  ]);
}
