import { createTestApp, type TestApp } from '@latchkey/server/testing';

/** The app of this worker, for every test that neither moves its clock nor minds what others leave in it. */
export const app: TestApp = await createTestApp();
