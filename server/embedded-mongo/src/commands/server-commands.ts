import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { isNumber, toInteger } from '../values/numbers.ts';
import { isDocument, typeName } from '../values/values.ts';
import type { Call, Command, Commands } from './command.ts';

/** The MongoDB release whose behaviour and wire protocol this server follows. */
export const mongoVersion = '8.0.0';
const maxWireVersion = 25;
/** What a timer of Node takes. */
const maxSleepSeconds = Math.floor((2 ** 31 - 1) / 1000);

const hello: Command = {
  isWrite: false,
  fields: [
    'client',
    'compression',
    'helloOk',
    'hostInfo',
    'saslSupportedMechs',
    'speculativeAuthenticate',
    'loadBalanced',
    'topologyVersion',
    'maxAwaitTimeMS',
    'backpressure',
    'hangUpOnStepDown',
    'internalClient',
    'allReplicaSetsOnBehalfOf',
  ],
  run(call) {
    return {
      fields: {
        ...(call.name === 'hello' ? { isWritablePrimary: true } : { ismaster: true }),
        helloOk: true,
        maxBsonObjectSize: 16 * 1024 * 1024,
        maxMessageSizeBytes: 48_000_000,
        maxWriteBatchSize: 100_000,
        localTime: new Date(call.state.now()),
        logicalSessionTimeoutMinutes: 30,
        connectionId: call.connectionId,
        minWireVersion: 0,
        maxWireVersion: maxWireVersion,
        readOnly: false,
        ok: 1,
      },
    };
  },
};

function answering(fields: readonly string[], answer: (call: Call) => Document): Command {
  return { isWrite: false, fields, run: (call) => ({ fields: { ...answer(call), ok: 1 } }) };
}

const noSessionWork = answering([], () => ({}));

function buildInfo(): Document {
  return {
    version: mongoVersion,
    versionArray: [...mongoVersion.split('.').map(Number), 0],
    gitVersion: 'latchkey-embedded-mongo',
    modules: [],
    allocator: 'system',
    javascriptEngine: 'none',
    sysInfo: 'deprecated',
    openssl: { running: 'disabled', compiled: 'disabled' },
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16 * 1024 * 1024,
    storageEngines: ['lmdb'],
  };
}

function serverStatus({ state }: Call): Document {
  const uptimeMilliseconds = Date.now() - state.startedAt;
  const memory = process.memoryUsage();
  return {
    host: hostname(),
    version: mongoVersion,
    process: 'latchkey-embedded-mongo',
    pid: process.pid,
    uptime: Math.floor(uptimeMilliseconds / 1000),
    uptimeMillis: uptimeMilliseconds,
    localTime: new Date(state.now()),
    connections: { current: state.connections.size, available: 65_536, active: state.connections.size },
    mem: {
      bits: 64,
      resident: Math.floor(memory.rss / 1048576),
      virtual: Math.floor(memory.rss / 1048576),
      supported: true,
    },
    metrics: { cursor: { open: { total: state.cursors.size } } },
    storageEngine: { name: 'lmdb', supportsCommittedReads: true, persistent: true, readOnly: false },
  };
}

function getParameter({ command, state }: Call): Document {
  const known: Document = {
    featureCompatibilityVersion: { version: mongoVersion.slice(0, 3) },
    authenticationMechanisms: [],
    ttlMonitorSleepSecs: state.ttlMonitor.sleepSeconds,
  };
  const { getParameter: wanted } = command;
  if (wanted === '*' || (isDocument(wanted) && wanted.allParameters === true)) return known;
  const names = Object.keys(known).filter((name) => Object.hasOwn(command, name));
  if (names.length === 0) throw new CommandError('InvalidOptions', 'no option found to get');
  return Object.fromEntries(names.map((name) => [name, known[name]]));
}

/** The one parameter that can be set is the time between two sweeps of the TTL indexes. */
function setParameter({ command, state: { ttlMonitor } }: Call): Document {
  const { ttlMonitorSleepSecs: wanted } = command;
  if (wanted === undefined)
    throw new CommandError('InvalidOptions', 'no option found to set, use help:true to see options');
  if (!isNumber(wanted)) {
    throw new CommandError('TypeMismatch', `ttlMonitorSleepSecs must be a number, not a ${typeName(wanted)}`);
  }
  const seconds = toInteger(wanted);
  if (seconds === undefined || seconds <= 0 || seconds > maxSleepSeconds) {
    throw new CommandError('BadValue', `ttlMonitorSleepSecs must be a whole number from 1 to ${maxSleepSeconds}`);
  }
  const was = ttlMonitor.sleepSeconds;
  ttlMonitor.setSleepSeconds(seconds);
  return { was };
}

/** The handshake, and what drivers and shells ask about the server itself. */
export const serverCommands: Commands = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping: noSessionWork,
  endSessions: noSessionWork,
  refreshSessions: noSessionWork,
  killSessions: noSessionWork,
  killAllSessions: noSessionWork,
  startSession: answering([], () => ({ timeoutMinutes: 30 })),
  logout: noSessionWork,
  buildInfo: answering([], buildInfo),
  buildinfo: answering([], buildInfo),
  hostInfo: answering([], ({ state }) => ({
    system: {
      currentTime: new Date(state.now()),
      hostname: hostname(),
      cpuAddrSize: 64,
      memSizeMB: Math.floor(totalmem() / 1048576),
      numCores: cpus().length,
      cpuArch: arch(),
    },
    os: { type: platform(), name: platform(), version: release() },
    extra: {},
  })),
  serverStatus: answering(
    ['repl', 'metrics', 'locks', 'tcmalloc', 'opLatencies', 'recordStats', 'transactions', 'sharding', 'wiredTiger'],
    serverStatus,
  ),
  connectionStatus: answering(['showPrivileges'], () => ({
    authInfo: { authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: [] },
  })),
  getCmdLineOpts: answering([], () => ({
    argv: ['latchkey-embedded-mongo'],
    parsed: { net: { bindIp: '127.0.0.1' } },
  })),
  getParameter: answering(
    ['featureCompatibilityVersion', 'authenticationMechanisms', 'ttlMonitorSleepSecs', 'allParameters'],
    getParameter,
  ),
  setParameter: answering(['ttlMonitorSleepSecs'], setParameter),
  getLog: answering([], ({ command }) =>
    command.getLog === '*' ? { names: ['global', 'startupWarnings'] } : { totalLinesWritten: 0, log: [] },
  ),
  whatsmyuri: answering([], ({ connectionId }) => ({ you: `127.0.0.1:${connectionId}` })),
  listCommands: answering([], () => ({ commands: {} })),
  getFreeMonitoringStatus: answering([], () => ({ state: 'disabled' })),
  setFreeMonitoring: answering(['action'], () => ({})),
  currentOp: answering(['$all', '$ownOps', 'active'], () => ({ inprog: [] })),
  profile: answering(['slowms', 'sampleRate', 'filter'], () => ({ was: 0, slowms: 100, sampleRate: 1 })),
  top: answering([], () => ({ totals: {} })),
  replSetGetStatus: answering([], () => {
    throw new CommandError('NoReplicationEnabled', 'not running with --replSet');
  }),
  usersInfo: answering(['showPrivileges', 'showCredentials', 'filter'], () => ({ users: [] })),
  rolesInfo: answering(['showPrivileges', 'showBuiltinRoles', 'showAuthenticationRestrictions'], () => ({ roles: [] })),
};
