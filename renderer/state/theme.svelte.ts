/** Light, dark, or as the system says. Lives in `data-theme` on <html>; tokens.css does the rest. */

export type ThemeChoice = 'system' | 'light' | 'dark';

const STORED_KEY = 'ringleaf.theme';
const ORDER: readonly ThemeChoice[] = ['system', 'light', 'dark'];

export class Theme {
  choice = $state<ThemeChoice>(stored());

  constructor() {
    apply(this.choice);
  }

  set(choice: ThemeChoice): void {
    this.choice = choice;
    localStorage.setItem(STORED_KEY, choice);
    apply(choice);
  }

  next(): void {
    this.set(ORDER[(ORDER.indexOf(this.choice) + 1) % ORDER.length] ?? 'system');
  }
}

function stored(): ThemeChoice {
  const value = localStorage.getItem(STORED_KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

function apply(choice: ThemeChoice): void {
  if (choice === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = choice;
}
