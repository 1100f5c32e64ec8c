/** The network doctor while it is looked at, and an address that is tried by hand. */
import type { DialResult, DoctorReport } from '../../main/api/contract.ts';
import type { App } from './app.svelte.ts';
import { messageOf } from './client.ts';

export type DoctorPorts = { readonly client: Pick<App['client'], 'doctor' | 'dial' | 'forgetAddress'>; readonly refreshTeam: () => Promise<void> };

/** Dials end and others come without an event. */
const ASK_EVERY_MS = 3_000;

export class Doctor {
  readonly #ports: DoctorPorts;
  readonly #timer: ReturnType<typeof setInterval>;
  #isAsking = false;
  report = $state.raw<DoctorReport | null>(null);
  error = $state<string | null>(null);
  address = $state('');
  dialling = $state(false);
  /** What the last address came to. */
  result = $state.raw<DialResult | null>(null);
  /** Why it was not even tried. */
  refusal = $state<string | null>(null);

  readonly keptAddresses = $derived.by(() => {
    const facts = this.report?.facts;
    return facts !== undefined && 'keptAddresses' in facts ? facts.keptAddresses : [];
  });
  /** Without a place in a team there is nobody to dial. */
  readonly canDial = $derived.by(() => {
    const facts = this.report?.facts;
    return facts !== undefined && 'network' in facts && facts.network !== null;
  });

  constructor(ports: DoctorPorts) {
    this.#ports = ports;
    void this.ask();
    this.#timer = setInterval(() => void this.ask(), ASK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.report = await this.#ports.client.doctor({});
      this.error = null;
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.#isAsking = false;
    }
  }

  async dial(): Promise<void> {
    const address = this.address.trim();
    if (address === '' || this.dialling) return;
    this.dialling = true;
    this.result = null;
    this.refusal = null;
    try {
      this.result = await this.#ports.client.dial({ address });
      if (this.result.outcome === 'reached') this.address = '';
      await Promise.all([this.ask(), this.#ports.refreshTeam()]);
    } catch (error) {
      this.refusal = messageOf(error);
    } finally {
      this.dialling = false;
    }
  }

  async forget(address: string): Promise<void> {
    try {
      await this.#ports.client.forgetAddress({ address });
      this.refusal = null;
    } catch (error) {
      this.refusal = messageOf(error);
    }
    await this.ask();
  }
}
