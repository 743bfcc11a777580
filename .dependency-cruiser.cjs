/** The layers of ARCHITECTURE.md as rules. `pnpm check:layers` also fails when fewer modules are seen than stand here. */
const server = (path) => `^server/src/${path}`;
const client = (path) => `^client/src/${path}`;

/** `from` may not import `to`. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const packageOnlyIn = (name, files) =>
  forbid(
    `${name}-only-in-${files.length > 1 ? 'its-files' : 'its-file'}`,
    `${name} has one home, so that replacing it is one change.`,
    { path: '^server/src', pathNot: [...files.map(server), '\\.test\\.ts$', server('embedded-mongo/')] },
    { path: `node_modules/${name}/` },
  );

/** Each layer may import those before it. */
const serverLayers = ['(config|errors)\\.ts$', 'infra/', 'domain/', 'trpc/', 'http/', 'app\\.ts$', 'main\\.ts$'];
const clientLayers = ['i18n/', 'api/', 'session/', 'components/', 'features/', 'app/'];

const oneDirection = (side, layers, layerPath) =>
  layers
    .slice(0, -1)
    .map((layer, index) =>
      forbid(
        `${side}-${index + 1}-of-${layers.length}-looks-down-only`,
        'Layers import in one direction.',
        { path: layerPath(layer), pathNot: '\\.test\\.tsx?$' },
        { path: layers.slice(index + 1).map(layerPath) },
      ),
    );

module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'A cycle has no order in which to read it.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid('no-unresolvable', 'Every import must resolve.', {}, { couldNotResolve: true }),
    forbid(
      'no-undeclared',
      'A package is used by who declares it.',
      { pathNot: '\\.config\\.ts$' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    ...oneDirection('server', serverLayers, server),
    ...oneDirection('client', clientLayers, client),
    forbid(
      'domain-takes-infra-as-arguments',
      'The rules know the outside world by its types; what is pure in infra/system.ts they may call.',
      { path: server('domain/'), pathNot: '\\.test\\.ts$' },
      { path: server('infra/'), pathNot: server('infra/system\\.ts$'), dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'embedded-mongo-imports-nothing-of-ours',
      'It is a house of its own.',
      { path: server('embedded-mongo/') },
      { path: ['^server/src/(?!embedded-mongo/)', '^shared/', '^client/'] },
    ),
    forbid(
      'embedded-mongo-is-started-by-the-root-only',
      'Everything else speaks to it over the wire.',
      { path: '^server/src/(?!embedded-mongo/)', pathNot: [server('app\\.ts$'), server('main\\.ts$')] },
      { path: server('embedded-mongo/') },
    ),
    packageOnlyIn('mongoose', ['infra/mongo\\.ts$', 'infra/[a-z-]+-store\\.ts$']),
    packageOnlyIn('rate-limiter-flexible', ['infra/rate-limit-store\\.ts$']),
    packageOnlyIn('nodemailer', ['infra/mailer\\.ts$']),
    packageOnlyIn('bcrypt', ['domain/passwords\\.ts$']),
    packageOnlyIn('jsonwebtoken', ['domain/tokens/tokens\\.ts$']),
    forbid(
      'shared-stands-alone',
      'The contract needs zod and nothing else.',
      { path: '^shared/src', pathNot: '\\.test\\.ts$' },
      { pathNot: ['^shared/src', 'node_modules/zod/'] },
    ),
    forbid(
      'client-sees-types-of-the-server-only',
      'No server code reaches a browser.',
      { path: '^client/src' },
      { path: '^server/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'features-do-not-know-each-other',
      'Pages put features together.',
      { path: client('features/([^/]+)/') },
      { path: client('features/'), pathNot: client('features/$1/') },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|dist-lib|e2e/screenshots)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['latchkey-source', 'types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
