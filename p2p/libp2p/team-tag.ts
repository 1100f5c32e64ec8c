/** Names derived from a team id, so that neither mDNS nor a protocol's name shows the id itself. */
import { createHash } from 'node:crypto';

const TAG_CHARS = 24;
/** RFC 6763 allows 15 characters of a service name, the underscore excluded. */
const SERVICE_CHARS = 12;

export interface TeamTags {
  readonly topic: string;
  readonly kadProtocol: string;
  readonly mdnsService: string;
}

export function teamTags(teamId: string): TeamTags {
  return {
    topic: `ringleaf/${tag('topic', teamId)}`,
    kadProtocol: `/ringleaf/${tag('kad', teamId)}/kad/1.0.0`,
    mdnsService: `_rl${tag('mdns', teamId).slice(0, SERVICE_CHARS)}._udp.local`,
  };
}

function tag(use: string, teamId: string): string {
  return createHash('sha256').update(`ringleaf ${use}\0${teamId}`).digest('hex').slice(0, TAG_CHARS);
}
