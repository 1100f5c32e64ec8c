/** The dependency law: who may know whom, and why. `npm run deps` holds it. */
const PURE = '^p2p/(bytes|causality|ring|quorum|membership|antientropy|handoff|wire|node)/';
const DRIVER = '^p2p/node/driver\\.ts$';

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid('no-circle', 'A circle has no order: neither part can be understood, tested or changed alone.', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    forbid('no-unresolved', 'What cannot be found at build time fails at a person’s desk.', {}, { couldNotResolve: true, pathNot: '^(electron|svelte)' }),
    forbid('no-dev-dependency', 'The packed app holds only `dependencies`; electron itself and what the window bundles are the exceptions.', { path: '^(p2p|storage|main)/', pathNot: '^main/(build(-lock)?|licences|deb|pack)\\.ts$' }, { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/(electron|@types)/' }),
    forbid('nothing-imports-test', 'The product must not lean on what is not shipped.', { pathNot: '^test/' }, { path: '^test/' }),

    forbid('pure-no-node', 'The core runs the same in the simulator: no clock, timer, chance, socket or disk can come in.', { path: [PURE, '^p2p/(bounds|config|ports|types)\\.ts$'], pathNot: DRIVER }, { dependencyTypes: ['core'] }),
    forbid('pure-no-package', 'The only code of others in the core is a hash function, which has no state.', { path: [PURE, '^p2p/(bounds|config|ports|types)\\.ts$'] }, { dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg'], pathNot: 'node_modules/@noble/hashes/' }),
    forbid('pure-no-driver', 'The driver turns the core; the core does not know that it is turned.', { path: PURE, pathNot: DRIVER }, { path: [DRIVER, '^p2p/libp2p/', '^p2p/index\\.ts$'] }),
    forbid('bytes-know-nothing', 'Bytes are the ground of everything.', { path: '^p2p/bytes/' }, { path: '^p2p/', pathNot: '^p2p/bytes/' }),
    forbid('order-ground', 'causality and ring are laws of their own: they know neither quorums nor messages.', { path: '^p2p/(causality|ring)/' }, { path: '^p2p/(quorum|membership|antientropy|handoff|wire|node)/' }),
    forbid('order-mechanisms', 'Mechanisms do not know how they travel or who drives them.', { path: '^p2p/(quorum|membership|antientropy|handoff)/' }, { path: '^p2p/(wire|node)/' }),
    forbid('order-wire', 'Messages are data: the node knows them, they do not know the node.', { path: '^p2p/wire/' }, { path: '^p2p/node/' }),

    forbid('libp2p-only-in-its-room', 'The network is one leaf behind the Transport port; elsewhere nothing may depend on libp2p’s version.', { pathNot: '^(p2p/libp2p|test)/' }, { path: 'node_modules/(libp2p|@libp2p|@chainsafe|@multiformats|multiformats|it-[a-z-]+)/' }),
    forbid('level-only-in-storage', 'The database is one leaf behind the Store port.', { pathNot: '^(storage|test)/' }, { path: 'node_modules/(classic-level|abstract-level)/' }),
    forbid('electron-only-in-main', 'A member runs without a window: in plain Node, in the command line, in tests.', { pathNot: '^(main|test)/' }, { path: ['node_modules/electron/', '^electron$'] }),
    forbid('member-without-electron', 'The member process is the same under Electron and under Node.', { path: '^main/(api|member)/', pathNot: '^main/member/utility\\.ts$' }, { path: ['node_modules/electron/', '^electron$'], dependencyTypesNot: ['type-only'] }),

    forbid('p2p-knows-no-leaf', 'p2p owns the ports; who implements them is the composition root’s matter.', { path: '^p2p/' }, { path: '^(storage|main|renderer)/' }),
    forbid('storage-knows-only-ports', 'Storage implements a port: it needs the port, the nouns, the byte codec and the rule of what history keeps, not the engine.', { path: '^storage/' }, { path: '^(p2p|main|renderer)/', pathNot: '^p2p/(ports\\.ts|types\\.ts|bytes/|causality/retention\\.ts)' }),
    forbid('p2p-by-its-door', 'What the door does not show may change freely. The libp2p leaf has a door of its own for the composition root.', { path: '^(main|renderer)/' }, { path: '^p2p/', pathNot: ['^p2p/(index|bounds|ports|types)\\.ts$', '^p2p/libp2p/'] }),
    forbid('libp2p-by-the-root', 'Only the composition root joins the engine with the network.', { path: '^main/', pathNot: '^main/member/' }, { path: '^p2p/libp2p/' }),
    forbid('storage-by-its-door', 'What the door does not show may change freely.', { path: '^(p2p|main|renderer)/' }, { path: '^storage/', pathNot: '^storage/index\\.ts$' }),
    forbid('storage-by-the-root', 'Only the composition root joins the engine with the disk.', { path: '^main/', pathNot: '^main/member/' }, { path: '^storage/' }),

    forbid('renderer-knows-the-contract', 'The window is a client like any other: it knows the contract and nothing behind it.', { path: '^renderer/' }, { path: '^(main|p2p|storage)/', pathNot: '^main/(api|desktop)/contract\\.ts$' }),
    forbid('renderer-types-only', 'Code of the member in the window would be code that runs twice.', { path: '^renderer/' }, { path: '^main/', dependencyTypesNot: ['type-only'] }),
    forbid('renderer-no-node', 'The page runs in a sandbox without Node.', { path: '^renderer/' }, { dependencyTypes: ['core'] }),
    forbid('main-knows-no-window', 'The member serves any client; it knows none.', { path: '^main/' }, { path: '^renderer/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|build)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    detectJSDocImports: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'svelte', 'types'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.svelte', '.json'],
    },
  },
};
