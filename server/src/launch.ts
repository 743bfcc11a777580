import module from 'node:module';

// The product is loaded after what makes loading it cheap: compiled code that Node kept from the last start, where it
// can (since 22.1), and stacks that name our sources.
const { enableCompileCache } = module as { enableCompileCache?: () => unknown };
enableCompileCache?.();
process.setSourceMapsEnabled(true);
await import('./main.ts');
