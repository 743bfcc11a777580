import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
// cli/file-storage.ts
const isMissing = (error) => error instanceof Error && "code" in error && error.code === "ENOENT";
/**
* Keeps tokens in a file that only its owner can read. Written beside it and moved, so that nobody finds half of one.
* @param path its folder is made where it does not exist
*/
function fileStorage(path) {
	/** Writes of this process, one after the other: each begins with what the one before left. */
	let last = Promise.resolve();
	async function read() {
		try {
			return JSON.parse(await readFile(path, "utf8"));
		} catch (error) {
			if (isMissing(error) || error instanceof SyntaxError) return {};
			throw error;
		}
	}
	async function write(change) {
		const values = await read();
		change(values);
		await mkdir(dirname(path), {
			recursive: true,
			mode: 448
		});
		const draft = `${path}.${process.pid}`;
		await writeFile(draft, `${JSON.stringify(values)}\n`, { mode: 384 });
		await rename(draft, path);
	}
	function inTurn(change) {
		const turn = last.then(() => write(change));
		last = turn.catch(() => {});
		return turn;
	}
	return {
		get: async (key) => (await read())[key],
		set: (key, value) => inTurn((values) => {
			values[key] = value;
		}),
		remove: (key) => inTurn((values) => {
			delete values[key];
		})
	};
}
export { fileStorage };
