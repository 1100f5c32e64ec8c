/** What the tray shows and offers. Pure: `tray.ts` draws it. */

export type MemberPhase = 'starting' | 'running' | 'stopped';

/** What the shell knows of the member; `null` = it has not said yet. */
export interface DesktopFacts {
  readonly phase: MemberPhase;
  /** Name of the team; `null` without one. */
  readonly team: string | null;
  /** Keys that wait to be merged, as the window counts them. */
  readonly conflicts: number;
  /** Members of the team, this one included, and how many of them are here. */
  readonly members: number;
  readonly alive: number;
  /** Copies that this device still keeps for others. */
  readonly waiting: number;
  /** What a person should know at once: a full disk, a removal, a safe mode. */
  readonly problem: string | null;
}

export const FACTS_UNKNOWN: DesktopFacts = {
  phase: 'starting',
  team: null,
  conflicts: 0,
  members: 0,
  alive: 0,
  waiting: 0,
  problem: null,
};

export const TRAY_STATES = ['fine', 'conflicts', 'alone', 'problem'] as const;
export type TrayState = (typeof TRAY_STATES)[number];

export type TrayAction = 'open' | 'conflicts' | 'notifications' | 'quit';

export type TrayItem =
  | { readonly kind: 'separator' }
  | { readonly kind: 'words'; readonly label: string }
  | { readonly kind: 'action'; readonly action: TrayAction; readonly label: string; readonly checked?: boolean };

export interface TrayModel {
  readonly state: TrayState;
  readonly tooltip: string;
  readonly items: readonly TrayItem[];
}

const TOOLTIP_CHARS_MAX = 120;

/** @param pausedNotifications Whether notifications are off. */
export function trayModel(facts: DesktopFacts, pausedNotifications: boolean): TrayModel {
  const words = stateWords(facts);
  const name = facts.team === null ? 'Ringleaf' : `Ringleaf: ${facts.team}`;
  const conflicts: readonly TrayItem[] =
    facts.conflicts === 0 ? [] : [{ kind: 'action', action: 'conflicts', label: conflictWords(facts.conflicts) }];
  return {
    state: trayState(facts),
    tooltip: `${name}\n${facts.conflicts === 0 ? words : `${conflictWords(facts.conflicts)}. ${words}`}`.slice(0, TOOLTIP_CHARS_MAX),
    items: [
      { kind: 'action', action: 'open', label: 'Open Ringleaf' },
      ...conflicts,
      { kind: 'words', label: words },
      { kind: 'separator' },
      { kind: 'action', action: 'notifications', label: 'Pause notifications', checked: pausedNotifications },
      { kind: 'separator' },
      { kind: 'action', action: 'quit', label: 'Quit' },
    ],
  };
}

/** The gravest counts: a problem before conflicts, conflicts before being alone. */
export function trayState(facts: DesktopFacts): TrayState {
  if (facts.problem !== null || facts.phase === 'stopped') return 'problem';
  if (facts.conflicts > 0) return 'conflicts';
  return facts.members > 1 && facts.alive <= 1 ? 'alone' : 'fine';
}

/** How far what was written here has got, in a few words. */
export function stateWords(facts: DesktopFacts): string {
  if (facts.problem !== null) return facts.problem;
  if (facts.phase === 'starting') return 'Starting…';
  if (facts.phase === 'stopped') return 'Stopped';
  if (facts.team === null) return 'Not in a team yet';
  if (facts.waiting > 0) return `${counted(facts.waiting, 'copy', 'copies')} waiting for a device that is away`;
  if (facts.members <= 1) return 'Nobody else is in the team yet';
  if (facts.alive <= 1) return 'No other device is here';
  return `In step with ${counted(facts.alive - 1, 'other device', 'other devices')}`;
}

function conflictWords(conflicts: number): string {
  return `${counted(conflicts, 'conflict', 'conflicts')} to merge`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
