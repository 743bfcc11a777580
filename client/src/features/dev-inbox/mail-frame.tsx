import { useEffect, useRef, useState } from 'react';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './inbox.module.css';

/**
 * How high a mail is at a width, in pixels. It is laid out out of sight, where its height can be read: in a frame of our
 * origin, and so without scripts, forms, links or anything else that could make use of that.
 */
async function heightOf(html: string, width: number): Promise<number> {
  const host = document.createElement('div');
  host.style.cssText =
    'position: fixed; visibility: hidden; pointer-events: none; top: 0; left: 0; height: 0; overflow: hidden';
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-same-origin');
  frame.style.cssText = `width: ${width}px; height: 0; border: 0`;
  frame.srcdoc = html;
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  host.attachShadow({ mode: 'closed' }).append(frame);
  document.body.append(host);
  await loaded;
  const height = frame.contentDocument?.documentElement.scrollHeight ?? 0;
  host.remove();
  return height;
}

/** What a mail looks like, as high as it is. It has no scripts and no origin of ours; links open in a tab of their own. */
export function MailFrame({ html }: { html: string }) {
  const { t } = useLocale();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState<number>();

  useEffect(() => {
    let width = 0;
    let isGone = false;
    const observer = new ResizeObserver(async () => {
      const now = frame.current?.clientWidth ?? 0;
      if (now === width) return;
      width = now;
      const measured = await heightOf(html, now);
      if (!isGone && now === width && measured > 0) setHeight(measured);
    });
    if (frame.current) observer.observe(frame.current);
    return () => {
      isGone = true;
      observer.disconnect();
    };
  }, [html]);

  return (
    <iframe
      ref={frame}
      className={classes.frame}
      // Two pixels are the frame's own lines.
      style={height === undefined ? undefined : { height: height + 2 }}
      title={t.inbox.frame}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      srcDoc={`<base target="_blank">${html}`}
    />
  );
}
