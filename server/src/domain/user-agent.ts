import bowser from 'bowser';

const knownNames = new Set<string>([...Object.values(bowser.BROWSER_MAP), ...Object.values(bowser.OS_MAP)]);

const unknownDevice = 'Unknown device';

/**
 * A user agent in words, as "Firefox on Linux", and its parts. Gives "Unknown device" for anything that is not a browser's: of an unknown
 * one the library repeats what was sent, and nobody shall write their own lines into a mail of ours.
 */
export function partsOfDevice(userAgent: string): { device: string; browser?: string; system?: string } {
  if (userAgent === '') return { device: unknownDevice };
  const { browser, os } = bowser.parse(userAgent);
  const [browserName, systemName] = [browser.name, os.name].map((name) =>
    name && knownNames.has(name) ? name : undefined,
  );
  return {
    device: [browserName, systemName].filter(Boolean).join(' on ') || unknownDevice,
    ...(browserName !== undefined && { browser: browserName }),
    ...(systemName !== undefined && { system: systemName }),
  };
}

/** A user agent in words alone, as "Firefox on Linux". */
export const describeDevice = (userAgent: string): string => partsOfDevice(userAgent).device;
