/**
 * Keeps libp2p's own protocols (identify, ping, kad-dht, gossipsub) from strangers: each service
 * is given a registrar whose `handle` wraps the handler. A stream of a peer that is not admitted
 * yet is paused, so it buffers at most one window, and handed on when the admission comes, or
 * reset when it does not. Waiting matters: gossipsub opens its one stream as soon as *its* side is
 * ready and does not try again.
 *
 * Not `libp2p.use(protocol, middleware)`: libp2p 3.3 pushes the handler into the registered array
 * at each inbound stream, so the second stream is handled twice, and it runs the chain, handler
 * included, on outbound streams too.
 */
import type { Connection, Stream, StreamHandler, StreamHandlerOptions } from '@libp2p/interface';
import { HELD_STREAMS_MAX, PROTOCOL_STREAMS_MAX } from './limits.ts';

export interface Doorkeeper {
  isConnected(member: string): boolean;
  whenAdmitted(connection: Connection, max: number): Promise<boolean>;
}

interface HandlerRegistry {
  handle(protocol: string, handler: StreamHandler, options?: StreamHandlerOptions): Promise<void>;
}

/** Turns a service factory into one that admits members only. */
export function guarded<C extends { registrar: HandlerRegistry }, S>(
  make: (components: C) => S,
  doorkeeper: () => Doorkeeper,
): (components: C) => S {
  return (components) => {
    // The registrar is looked up late: services are made before it is complete.
    const registrar = (): object => guardedRegistrar(components.registrar, doorkeeper);
    return make(
      new Proxy(components, {
        get: (target, name): unknown => (name === 'registrar' ? registrar() : Reflect.get(target, name)),
      }),
    );
  };
}

function guardedRegistrar(registrar: HandlerRegistry, doorkeeper: () => Doorkeeper): object {
  const handle: HandlerRegistry['handle'] = async (protocol, handler, options) =>
    registrar.handle(protocol, guardedHandler(handler, doorkeeper), {
      maxInboundStreams: PROTOCOL_STREAMS_MAX,
      ...options,
    });
  return new Proxy(registrar, {
    get: (target, name): unknown => {
      if (name === 'handle') return handle;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function guardedHandler(handler: StreamHandler, doorkeeper: () => Doorkeeper): StreamHandler {
  return async (stream, connection) => {
    if (!doorkeeper().isConnected(connection.remotePeer.toString())) {
      if (!(await heldUntilAdmitted(stream, connection, doorkeeper()))) return;
    }
    await handler(stream, connection);
  };
}

async function heldUntilAdmitted(
  stream: Stream,
  connection: Connection,
  doorkeeper: Doorkeeper,
): Promise<boolean> {
  if (stream.status === 'open') stream.pause();
  const admitted = await doorkeeper.whenAdmitted(connection, HELD_STREAMS_MAX);
  if (!admitted) stream.abort(new Error('not admitted'));
  if (!admitted || stream.status !== 'open') return false;
  // Resumed after the handler had its turn to listen.
  queueMicrotask(() => {
    if (stream.readStatus === 'paused') stream.resume();
  });
  return true;
}
