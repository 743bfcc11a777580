/**
 * The layers of ARCHITECTURE.md as rules: a name says who breaks what, a comment what to do about it. `pnpm check:layers`
 * also fails when it sees fewer modules of a package than stand there.
 */
const server = (path) => `^server/src/${path}`;
const embeddedMongo = (path) => `^server/embedded-mongo/src/${path}`;
const client = (path) => `^client/src/${path}`;

/** `from` may not import `to`. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const packageOnlyIn = (name, files) =>
  forbid(
    `${name}-only-in-its-${files.length > 1 ? 'files' : 'file'}`,
    `${name} has one home, so that replacing it is one change: call what that home exports, or add to it what is missing.`,
    { path: '^server/src', pathNot: [...files.map(server), '\\.test\\.ts$'] },
    { path: `node_modules/${name}/` },
  );

/** Each layer may import those before it. */
const serverLayers = {
  config: '(config|errors|time)\\.ts$',
  infra: 'infra/',
  domain: 'domain/',
  trpc: 'trpc/',
  http: 'http/',
  app: '(app|backend|database|latchkey)\\.ts$',
  'main-and-testing': '(main\\.ts$|cli/|testing/)',
};
const embeddedMongoLayers = {
  errors: 'errors\\.ts$',
  values: 'values/',
  storage: 'storage/',
  language: 'language/',
  update: 'update/',
  engine: 'engine/',
  commands: 'commands/',
  wire: 'wire/',
  server: 'server\\.ts$',
  cli: 'cli\\.ts$',
};
const clientLayers = {
  i18n: 'i18n/',
  session: 'session/',
  'before-app': 'before-app/',
  components: 'components/',
  features: 'features/',
  app: 'app/',
};

const oneDirection = (side, layers, layerPath) => {
  const names = Object.keys(layers);
  const order = names.join(' -> ');
  return names
    .slice(0, -1)
    .map((name, index) =>
      forbid(
        `${side}-${name}-looks-down-only`,
        `A layer imports those before it (${order}): move what both need into the lower one, or let the upper hand it over.`,
        { path: layerPath(layers[name]), pathNot: '\\.test\\.tsx?$' },
        { path: names.slice(index + 1).map((upper) => layerPath(layers[upper])) },
      ),
    );
};

module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'A circle, of types too, has no order in which to read it: move what both need into a file below both, or pass a value.',
      {},
      { circular: true },
    ),
    forbid('no-unresolvable', 'Correct the path, or run `pnpm install`.', {}, { couldNotResolve: true }),
    forbid(
      'no-undeclared',
      'Add the package to the package.json of who imports it.',
      // The typed client names React an optional peer, a kind that the tool does not know.
      {
        pathNot: ['\\.config\\.ts$', '^client/api/(src/react|test/react\\.test)\\.ts$', '^client/api/packed/program/'],
      },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    ...oneDirection('server', serverLayers, server),
    ...oneDirection('embedded-mongo', embeddedMongoLayers, embeddedMongo),
    ...oneDirection('client', clientLayers, client),
    forbid(
      'domain-takes-infra-as-arguments',
      'Use `import type` and take the thing as an argument; only what is pure in infra/system.ts may be called.',
      { path: server('domain/'), pathNot: '\\.test\\.ts$' },
      { path: server('infra/'), pathNot: server('infra/system\\.ts$'), dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'domain-rooms-know-no-flow',
      'Flows use the rooms: hand the room a function or a value, as services.ts hands the mail worker what mints a code.',
      { path: server('domain/(tokens|hashing|audit|limits|mail|transfer)/'), pathNot: '\\.test\\.ts$' },
      { path: server('domain/(?!(names|outside|request|site|user-agent)\\.ts$)[^/]+\\.ts$') },
    ),
    ...oneDirection(
      'domain',
      {
        tokens: 'tokens/',
        hashing: 'hashing/',
        audit: 'audit/',
        limits: 'limits/',
        mail: 'mail/',
        transfer: 'transfer/',
      },
      (room) => server(`domain/${room}`),
    ),
    forbid(
      'embedded-mongo-imports-nothing-of-ours',
      'The embedded database is for people who have nothing else of ours: keep what it needs inside it.',
      { path: '^server/embedded-mongo/' },
      { path: '^(server|shared|client)/', pathNot: '^server/embedded-mongo/' },
    ),
    forbid(
      'embedded-mongo-is-started-by-the-root-only',
      'Speak to the embedded database over the wire; only database.ts starts it, and the test kit.',
      { path: '^server/src/', pathNot: [server('database\\.ts$'), server('testing/')] },
      { path: '^server/embedded-mongo/' },
    ),
    packageOnlyIn('mongoose', ['infra/mongo\\.ts$', 'infra/stores/']),
    packageOnlyIn('nodemailer', ['infra/mailer\\.ts$']),
    packageOnlyIn('bcrypt', ['domain/passwords\\.ts$']),
    packageOnlyIn('jsonwebtoken', ['domain/tokens/tokens\\.ts$']),
    forbid(
      'shared-stands-alone',
      'The contract needs zod and nothing else: move what needs more to the side that has it.',
      { path: '^shared/src', pathNot: '\\.test\\.ts$' },
      { pathNot: ['^shared/src', 'node_modules/zod/'] },
    ),
    forbid(
      'client-sees-types-of-the-server-only',
      'Use `import type`: no server code reaches a browser.',
      { path: '^client/(api/)?src' },
      { path: '^server/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'typed-client-knows-no-app',
      'Move it into the app: whoever calls the API gets neither React nor a page.',
      { path: '^client/api/src', pathNot: '^client/api/src/react\\.ts$' },
      { path: ['^client/src', 'node_modules/(react|@trpc/react-query|@tanstack|@mantine)'] },
    ),
    forbid(
      'features-do-not-know-each-other',
      'Let the page in app/ put the two features together, or move what both need to components/ or session/.',
      { path: client('features/([^/]+)/') },
      { path: client('features/'), pathNot: client('features/$1/') },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|dist-lib|\\.wireit|e2e/screenshots)/|^client/api/(lib|types)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['latchkey-source', 'types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
