/** Waits so long, but no longer than until the browser says that it is online, or until `end` is called. */
export function pause(milliseconds: number) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      resolve();
    };
  });
  const timer = setTimeout(() => end(), milliseconds);
  addEventListener('online', end);
  return { ended, end };
}
