/**
 * Why others are not reached, from the wire outwards. While nobody is reached each sign of a cause is
 * a finding; while somebody is, whoever is missing is most likely switched off, and only what speaks
 * against that is more than a note. Pure.
 */
import type { DialFact, DialOutcome, DoctorFacts, MemberFact, NetworkFacts } from './facts.ts';
import { hasPlace, othersIn } from './place.ts';
import type { Finding, Layer, Severity } from './report.ts';
import { ipOf, isElsewhere, isLoopback, tunnels } from './subnets.ts';
import { count, listed, outcomeWords, span } from './words.ts';

/** Before this nobody can be expected to have been found. */
export const SETTLING_MS = 10_000;
/** mDNS asks every ten seconds: who is silent through three of them is not there. */
const MDNS_SILENT_MS = 35_000;
/** Others passed on a sign of life within this, though it is not reached from here. */
const HEARD_LATELY_MS = 30_000;
const STRANGER_LATELY_MS = 10 * 60_000;
const SHOWN_MAX = 8;
/** Between taking the others for heard and the network's start. */
const START_MS = 2_000;
/** A connection that is neither let in nor ended by then. */
const KNOCKED_MS = 10_000;

interface Scene {
  readonly facts: DoctorFacts;
  readonly network: NetworkFacts;
  readonly others: readonly MemberFact[];
  /** Not alive, and nobody says why. */
  readonly missing: readonly MemberFact[];
  /** And it is not too early to say so. */
  readonly isNobodyReached: boolean;
}

export function networkFindings(facts: DoctorFacts): readonly Finding[] {
  const { network } = facts;
  if (network === null || !hasPlace(facts)) return [];
  const others = othersIn(facts);
  const refusing = new Set(network.refusals.map(({ member }) => member));
  const absent = others.filter(({ liveness }) => liveness !== 'alive');
  const isNobody = others.length > 0 && absent.length === others.length;
  if (isNobody && network.sinceMs < SETTLING_MS && refusing.size === 0) return [looking(network)];
  const scene: Scene = { facts, network, others, missing: absent.filter(({ memberId }) => !refusing.has(memberId)), isNobodyReached: isNobody };
  return [
    ...ownNetwork(scene), ...nobodyReached(scene), ...refusals(scene), ...causesByDial(scene), ...discovery(scene),
    ...otherNetworks(scene), ...away(scene), ...byHand(scene), ...otherTeams(scene),
  ];
}

function ownNetwork({ facts, missing, isNobodyReached }: Scene): readonly Finding[] {
  const { interfaces, listen } = facts;
  const isUrgent = missing.length > 0;
  const found: Finding[] = [];
  const hasNetwork = interfaces.some(({ internal }) => !internal);
  if (!hasNetwork && isNobodyReached) {
    found.push({ id: 'no-network', severity: 'problem', layer: 'network', title: 'This device is in no network', seen: ['No cable, no Wi-Fi: it has no address but its own.'], todo: ['Connect it to the network that the others are in.'] });
  }
  const ips = listen.map(ipOf).filter((ip) => ip !== undefined);
  if (listen.length === 0) {
    found.push({ id: 'not-listening', severity: isUrgent ? 'problem' : 'note', layer: 'address', title: 'This device listens nowhere', seen: ['Others cannot connect to it; it can connect to them.'], todo: ['Start it with "--listen /ip4/0.0.0.0/tcp/0", or without "--listen".'] });
  } else if (ips.length > 0 && ips.length === listen.length && ips.every(isLoopback) && hasNetwork) {
    found.push({
      id: 'loopback-only', severity: isUrgent ? 'warning' : 'note', layer: 'address', title: 'Only this device itself can connect to it', seen: [`It listens on ${listed(listen.map(withoutPeer))}.`],
      todo: ['Start it without "--listen", or with "--listen /ip4/0.0.0.0/tcp/0", so that the others can reach it.'],
    });
  }
  return found;
}

function looking({ sinceMs }: NetworkFacts): Finding {
  return { id: 'looking', severity: 'note', layer: 'network', title: 'Looking for the others', seen: [`It started ${span(sinceMs)} ago.`], todo: ['Ask again in a moment.'] };
}

function nobodyReached({ network, others, isNobodyReached }: Scene): readonly Finding[] {
  if (!isNobodyReached) return [];
  return [{
    id: 'nobody-reached', severity: 'problem', layer: 'network', title: 'No other device of the team is reached',
    seen: others.slice(0, SHOWN_MAX).map((member) => `${member.name}: ${lastHeard(network, member)}${dialWords(network, member)}.`),
    todo: ['See that another device is on, runs Ringleaf and is in the same network.', 'Or enter the address that it shows under Team, in the window or with "ringleaf dial ADDRESS".'],
  }];
}

function refusals({ network, facts }: Scene): readonly Finding[] {
  const nameOf = namesIn(facts);
  const by = (reason: 'removed' | 'copy'): readonly string[] => network.refusals.filter((one) => one.reason === reason).map(({ member }) => nameOf(member));
  const found: Finding[] = [];
  if (by('removed').length > 0) {
    found.push({ id: 'refused-as-removed', severity: 'problem', layer: 'admission', title: `${listed(by('removed'))} ${by('removed').length === 1 ? 'refuses' : 'refuse'} this device: it was removed`, seen: ['A signed removal was shown.'], todo: ['Ask a teammate for a new invitation.'] });
  }
  if (by('copy').length > 0) {
    found.push({
      id: 'refused-as-copy', severity: 'problem', layer: 'admission', title: `${listed(by('copy'))} ${by('copy').length === 1 ? 'refuses' : 'refuse'} this device: it seems to run twice`,
      seen: ['Another device with a copy of this data folder was seen.'], todo: ['Stop one of the two. To keep both, start one with "ringleaf start --new-identity --join INVITE".'],
    });
  }
  return found;
}

interface Cause {
  readonly layer: Layer;
  readonly title: (names: string) => string;
  readonly todo: readonly string[];
}

/** What a dial that came to nothing speaks for. */
const CAUSES: Partial<Readonly<Record<DialOutcome, Cause>>> = {
  refused: { layer: 'address', title: (names) => `Nothing listens where ${names} was last`, todo: ['Start Ringleaf there. If it runs, its port has changed: enter the address that it shows under Team.'] },
  'timed-out': {
    layer: 'firewall', title: (names) => `No answer from where ${names} was last`,
    todo: ['If the device is on: let Ringleaf through the firewall, here and there.', 'On a guest Wi-Fi, devices are often kept apart (client or AP isolation): use another network, or a cable.'],
  },
  unreachable: { layer: 'network', title: (names) => `No way leads to ${names}`, todo: ['Bring both devices into the same network, or join the two networks by a router.'] },
  'no-such-name': { layer: 'address', title: (names) => `The address of ${names} is a name that nobody here knows`, todo: ['Enter its number address instead.'] },
  'other-peer': { layer: 'address', title: (names) => `Somebody else is where ${names} was last`, todo: ['Its address has changed: enter the one that it shows under Team.'] },
  'not-ringleaf': { layer: 'address', title: (names) => `Where ${names} was last, something else answers`, todo: ['Its address has changed: enter the one that it shows under Team.'] },
  'turned-away': { layer: 'admission', title: (names) => `${names} answers, and does not let this device in`, todo: ['See there, under Team, whether this device is still a member. If not, ask for a new invitation.'] },
  silent: { layer: 'process', title: (names) => `${names} is connected, and says nothing`, todo: ['Ringleaf may hang there: start it again.'] },
  'no-address': { layer: 'address', title: (names) => `No address of ${names} is known`, todo: ['Enter the one that it shows under Team.'] },
  failed: { layer: 'network', title: (names) => `The connection to ${names} fails`, todo: ['Enter the address that it shows under Team, and see what comes of it.'] },
};

/** While nobody is reached: one finding for each way in which dials end. */
function causesByDial({ network, missing, isNobodyReached }: Scene): readonly Finding[] {
  if (!isNobodyReached) return [];
  const byOutcome = Map.groupBy(missing, (member) => lastDial(network, member)?.outcome);
  return [...byOutcome].flatMap(([outcome, members]): readonly Finding[] => {
    const cause = outcome === undefined ? undefined : CAUSES[settled(outcome)];
    if (outcome === undefined || cause === undefined) return [];
    const seen = members.slice(0, SHOWN_MAX).map((member) => `${member.name}${dialWords(network, member, '')}${atAddresses(lastDial(network, member))}.`);
    return [{ id: `dial-${settled(outcome)}`, severity: 'warning', layer: cause.layer, title: cause.title(listed(members.map(({ name }) => name))), seen, todo: cause.todo }];
  });
}

function discovery({ network, isNobodyReached, others }: Scene): readonly Finding[] {
  const { mdns, sinceMs } = network;
  if (others.length === 0) return [];
  const severity: Severity = isNobodyReached ? 'warning' : 'note';
  if (!mdns.on) {
    return [{ id: 'mdns-off', severity, layer: 'mdns', title: 'This device does not look for others by mDNS', seen: ['It was started with "--no-mdns": it finds others by the addresses that it knows.'], todo: ['Start it without "--no-mdns", or enter an address.'] }];
  }
  const isSilent = mdns.lastAgoMs === null || mdns.lastAgoMs > MDNS_SILENT_MS;
  if (isSilent && sinceMs > MDNS_SILENT_MS) {
    return [{
      id: 'mdns-silent', severity, layer: 'mdns', title: 'Nobody is heard by mDNS', seen: [mdns.lastAgoMs === null ? `None has been since it started ${span(sinceMs)} ago.` : `The last one was heard ${span(mdns.lastAgoMs)} ago.`],
      todo: ['Let UDP port 5353 through the firewall. Guest Wi-Fi, VPNs and many routers do not pass it on (AP isolation): then enter an address.'],
    }];
  }
  if (isSilent || !isNobodyReached) return [];
  return [{
    id: 'heard-not-connected', severity: 'warning', layer: 'firewall', title: 'Others are heard, and cannot be connected to', seen: [`${count(mdns.heard, 'device')} of the team ${mdns.heard === 1 ? 'was' : 'were'} heard by mDNS.`],
    todo: ['Discovery works, so something keeps connections out: let Ringleaf through the firewall, here and there.'],
  }];
}

function otherNetworks({ facts, missing, isNobodyReached }: Scene): readonly Finding[] {
  const elsewhere = missing.filter(({ addresses }) => isElsewhere(addresses, facts.interfaces));
  if (elsewhere.length === 0) return [];
  const vpn = tunnels(facts.interfaces);
  const seen = elsewhere.slice(0, SHOWN_MAX).map(({ name, addresses }) => `${name} was last at ${listed(addresses.map((address) => ipOf(address) ?? address).slice(0, 3))}, which is in no network of this device.`);
  const severity: Severity = isNobodyReached ? 'warning' : 'note';
  if (vpn.length > 0) {
    return [{ id: 'vpn', severity, layer: 'vpn', title: 'A VPN may lead past the others', seen: [...seen, `A tunnel is up here: ${listed(vpn)}.`], todo: ['Switch the VPN off, or allow it to reach the local network; on both devices.'] }];
  }
  return [{ id: 'other-network', severity, layer: 'network', title: `${listed(elsewhere.map(({ name }) => name))} ${elsewhere.length === 1 ? 'was' : 'were'} last in another network`, seen, todo: ['Bring both into the same network. A VPN on the other device can look like this too.'] }];
}

/** While somebody is reached: who is missing, and who lives but is not reached from here. */
function away({ network, missing, isNobodyReached }: Scene): readonly Finding[] {
  if (isNobodyReached || missing.length === 0 || network.sinceMs < SETTLING_MS) return [];
  const isHeard = ({ lastHeardMs }: MemberFact): boolean => lastHeardMs !== null && lastHeardMs < HEARD_LATELY_MS && lastHeardMs < network.sinceMs - SETTLING_MS;
  const apart = missing.filter((member) => isHeard(member) && (lastDial(network, member)?.failures ?? 0) > 1);
  const gone = missing.filter((member) => !apart.includes(member));
  const sentences = (members: readonly MemberFact[]): readonly string[] => members.slice(0, SHOWN_MAX).map((member) => `${member.name}: ${lastHeard(network, member)}${dialWords(network, member)}.`);
  return [
    ...(apart.length === 0 ? [] : [{
      id: 'not-reached-from-here', severity: 'warning' as const, layer: 'firewall' as const, title: `${listed(apart.map(({ name }) => name))} ${apart.length === 1 ? 'is' : 'are'} on, and not reached from here`, seen: ['Others have heard of it just now.', ...sentences(apart)],
      todo: ['Let Ringleaf through the firewall of both devices. What it writes arrives by way of the others meanwhile.'],
    }]),
    ...(gone.length === 0 ? [] : [{
      id: 'away', severity: 'note' as const, layer: 'network' as const, title: `${listed(gone.map(({ name }) => name))} ${gone.length === 1 ? 'is' : 'are'} away`, seen: sentences(gone),
      todo: ['Nothing, if switched off: what is written meanwhile is kept for it.'],
    }]),
  ];
}

function byHand({ network, facts }: Scene): readonly Finding[] {
  const alive = new Set(facts.members.filter(({ liveness }) => liveness === 'alive').map(({ memberId }) => memberId));
  const failing = network.dials.filter((dial) => dial.byHand && dial.failures > 0 && !(dial.member !== null && alive.has(dial.member)));
  if (failing.length === 0) return [];
  const isWrong = failing.some(({ outcome }) => outcome === 'turned-away' || outcome === 'other-peer' || outcome === 'not-ringleaf' || outcome === 'self');
  return [{
    id: 'address-by-hand', severity: isWrong ? 'warning' : 'note', layer: 'address', title: failing.length === 1 ? 'An address that was entered leads nowhere' : `${failing.length} addresses that were entered lead nowhere`,
    seen: failing.slice(0, SHOWN_MAX).map((dial) => `What is at ${dial.addresses[0] ?? ''} ${outcomeWords(dial.outcome)}.`), todo: ['Check it, or take it out: under Network doctor, with "ringleaf dial ADDRESS --forget", or from "--peer".'],
  }];
}

function otherTeams({ network, isNobodyReached }: Scene): readonly Finding[] {
  const { devices, lastAgoMs } = network.otherTeams;
  if (devices === 0 || lastAgoMs === null || lastAgoMs > STRANGER_LATELY_MS) return [];
  return [{
    id: 'other-team', severity: isNobodyReached ? 'warning' : 'note', layer: 'admission', title: `${count(devices, 'device')} of another team knocked`, seen: [`The last one ${span(lastAgoMs)} ago. It was told nothing.`],
    todo: ['If it should be in this team, invite it; it has to leave its own first.'],
  }];
}

/** The latest dial that was for this member. */
function lastDial({ dials }: NetworkFacts, { memberId }: MemberFact): DialFact | undefined {
  return dials.filter(({ member }) => member === memberId).toSorted((a, b) => a.agoMs - b.agoMs)[0];
}

/** Connected for that long, and still not let in. */
function settled(outcome: DialOutcome): DialOutcome {
  return outcome === 'knocking' ? 'silent' : outcome;
}

/** At its start a member takes the others for heard, so what is as old as the start is no sign of life. */
function lastHeard({ sinceMs }: NetworkFacts, { lastHeardMs }: MemberFact): string {
  if (lastHeardMs === null) return 'not heard of yet';
  return lastHeardMs > sinceMs - START_MS ? 'not heard since the start' : `last heard ${span(lastHeardMs)} ago`;
}

function dialWords(network: NetworkFacts, member: MemberFact, before = ';'): string {
  const dial = lastDial(network, member);
  if (dial === undefined || dial.outcome === 'reached' || (dial.outcome === 'knocking' && dial.agoMs < KNOCKED_MS)) return '';
  return `${before} ${outcomeWords(settled(dial.outcome))}`;
}

function atAddresses(dial: DialFact | undefined): string {
  const places = (dial?.addresses ?? []).map(withoutPeer);
  return places.length === 0 ? '' : ` (${listed(places.slice(0, 3))})`;
}

function withoutPeer(address: string): string {
  return address.replace(/\/p2p\/.*$/, '');
}

function namesIn({ members }: DoctorFacts): (memberId: string) => string {
  const names = new Map(members.map(({ memberId, name }) => [memberId, name]));
  return (memberId) => names.get(memberId) ?? `…${memberId.slice(-8)}`;
}
