import type { Storage } from './client.js';
/**
 * Keeps tokens in a file that only its owner can read. Written beside it and moved, so that nobody finds half of one.
 * @param path its folder is made where it does not exist
 */
export declare function fileStorage(path: string): Storage;