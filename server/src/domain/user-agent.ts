import bowser from 'bowser';

const knownNames = new Set<string>([...Object.values(bowser.BROWSER_MAP), ...Object.values(bowser.OS_MAP)]);

/**
 * A user agent in words, as "Firefox on Linux". Gives "Unknown device" for anything that is not a browser's: of an unknown
 * one the library repeats what was sent, and nobody shall write their own lines into a mail of ours.
 */
export function describeDevice(userAgent: string): string {
  if (userAgent === '') return 'Unknown device';
  const { browser, os } = bowser.parse(userAgent);
  return [browser.name, os.name].filter((name) => name && knownNames.has(name)).join(' on ') || 'Unknown device';
}
