import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';

/** Calls, and remembers nothing of it. */
class ForgetfulStorage<Store> extends AsyncLocalStorage<Store> {
  override run<Result, Arguments extends unknown[]>(
    _store: Store,
    callback: (...values: Arguments) => Result,
    ...values: Arguments
  ): Result {
    return callback(...values);
  }
}

/**
 * Playwright, which remembers by an `AsyncLocalStorage` what each asynchronous call is part of, for its own logs. Before
 * Node 24 one such storage in use makes every promise of the process four times as dear, those of the tested app too: there
 * Playwright, and nothing else, is given one that remembers nothing.
 */
async function loadPlaywright() {
  if (Number.parseInt(process.versions.node, 10) >= 24) return import('playwright-core');
  asyncHooks.AsyncLocalStorage = ForgetfulStorage;
  try {
    return await import('playwright-core');
  } finally {
    asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
  }
}

export const { chromium } = await loadPlaywright();
