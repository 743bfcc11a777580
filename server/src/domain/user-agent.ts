import bowser from 'bowser';

const knownNames = new Set<string>([...Object.values(bowser.BROWSER_MAP), ...Object.values(bowser.OS_MAP)]);

const unknownDevice = 'Unknown device';

export interface DeviceParts {
  browser?: string;
  system?: string;
}

/**
 * Browser and system of a user agent, as "Firefox" and "Linux", as far as they are known. What is not a browser's has
 * none: of an unknown one the library repeats what was sent, and nobody shall write their own lines into a mail of ours.
 */
export function partsOfDevice(userAgent: string): DeviceParts {
  if (userAgent === '') return {};
  const { browser, os } = bowser.parse(userAgent);
  const [browserName, systemName] = [browser.name, os.name].map((name) =>
    name && knownNames.has(name) ? name : undefined,
  );
  return {
    ...(browserName !== undefined && { browser: browserName }),
    ...(systemName !== undefined && { system: systemName }),
  };
}

/** A user agent in English words, as "Firefox on Linux", with the parts that another language puts together. */
export function describeDevice(userAgent: string): DeviceParts & { device: string } {
  const parts = partsOfDevice(userAgent);
  return { device: [parts.browser, parts.system].filter(Boolean).join(' on ') || unknownDevice, ...parts };
}
