/**
 * A small LAN made of network namespaces: one a member, joined by bridges in a hub namespace that
 * routes between subnets. Multicast stays in its subnet, as it does in an office. Nothing of it
 * touches the machine's own network; sockets of files (`ringleaf.sock`) cross namespaces.
 *
 *      m1 ─┐            ┌─ m3
 *      m2 ─┴─ bridge 0 ─┴─ hub routes ─ bridge 1 ─ m4
 */
import { execFileSync } from 'node:child_process';

export interface LabSeat {
  readonly name: string;
  /** 0 or 1. */
  readonly subnet: number;
}

export class NamespaceLab {
  readonly #id = `rl${process.pid}`;
  readonly #seats: readonly LabSeat[];
  #leases = 0;

  /** @throws one line when namespaces cannot be made here. */
  constructor(seats: readonly LabSeat[]) {
    this.#seats = seats;
    try {
      ip('netns', 'add', this.#hub);
    } catch (error) {
      throw new Error('network namespaces are needed: run as root with Debian\'s iproute2', { cause: error });
    }
    ip('netns', 'exec', this.#hub, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    for (const subnet of new Set(seats.map((seat) => seat.subnet))) this.#addBridge(subnet);
    for (const [index, seat] of seats.entries()) this.#addSeat(seat, index);
  }

  /** Runs a command in a member's namespace. */
  prefix(name: string): readonly string[] {
    return ['ip', 'netns', 'exec', this.#space(name)];
  }

  address(name: string): string {
    const index = this.#seats.findIndex((seat) => seat.name === name);
    return `10.87.${this.#seats[index]?.subnet ?? 0}.${index + 10}`;
  }

  /** Gives a member an address that it has not had before, as a new lease would. */
  readdress(name: string): string {
    const index = this.#seats.findIndex((seat) => seat.name === name);
    const subnet = this.#seats[index]?.subnet ?? 0;
    this.#leases += 1;
    const fresh = `10.87.${subnet}.${100 + this.#leases}`;
    ip('-n', this.#space(name), 'addr', 'flush', 'dev', 'eth0');
    ip('-n', this.#space(name), 'addr', 'add', `${fresh}/24`, 'dev', 'eth0');
    this.#addRoutes(name, subnet);
    return fresh;
  }

  cut(name: string): void {
    ip('-n', this.#hub, 'link', 'set', this.#port(name), 'down');
  }

  heal(name: string): void {
    ip('-n', this.#hub, 'link', 'set', this.#port(name), 'up');
  }

  destroy(): void {
    for (const space of [...this.#seats.map(({ name }) => this.#space(name)), this.#hub]) {
      try {
        ip('netns', 'del', space);
      } catch {
        // It was never made: the constructor failed half way.
      }
    }
  }

  get #hub(): string {
    return `${this.#id}-hub`;
  }

  #space(name: string): string {
    return `${this.#id}-${name}`;
  }

  #port(name: string): string {
    return `p-${name}`;
  }

  #addBridge(subnet: number): void {
    const bridge = `br${subnet}`;
    ip('-n', this.#hub, 'link', 'add', bridge, 'type', 'bridge');
    ip('-n', this.#hub, 'addr', 'add', `10.87.${subnet}.1/24`, 'dev', bridge);
    ip('-n', this.#hub, 'link', 'set', bridge, 'up');
  }

  #addSeat({ name, subnet }: LabSeat, index: number): void {
    const space = this.#space(name);
    ip('netns', 'add', space);
    ip('-n', this.#hub, 'link', 'add', this.#port(name), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
    ip('-n', this.#hub, 'link', 'set', this.#port(name), 'master', `br${subnet}`);
    ip('-n', this.#hub, 'link', 'set', this.#port(name), 'up');
    ip('-n', space, 'link', 'set', 'lo', 'up');
    ip('-n', space, 'addr', 'add', `10.87.${subnet}.${index + 10}/24`, 'dev', 'eth0');
    ip('-n', space, 'link', 'set', 'eth0', 'up');
    this.#addRoutes(name, subnet);
  }

  #addRoutes(name: string, subnet: number): void {
    const space = this.#space(name);
    ip('-n', space, 'route', 'replace', 'default', 'via', `10.87.${subnet}.1`);
    ip('-n', space, 'route', 'replace', '224.0.0.0/4', 'dev', 'eth0');
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
