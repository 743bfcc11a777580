export const minuteSeconds = 60;
export const hourSeconds = 3_600;
export const daySeconds = 86_400;

/** @param seconds may be negative */
export const addSeconds = (date: Date, seconds: number): Date => new Date(date.getTime() + seconds * 1000);

export const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

/** Whole seconds, a begun one included; negative where the moment has passed. */
export const secondsUntil = (moment: Date, now: Date): number => Math.ceil((moment.getTime() - now.getTime()) / 1000);
