import type { Attachment } from 'svelte/attachments';

/**
 * Calls `seen` once the element is on the screen: not clipped by a scrolled box, nor below the window, nor on a page
 * that is hidden. Browsers tell of it within a frame or two.
 */
export function whenSeen(seen: () => void): Attachment<HTMLElement> {
  return (node) => {
    let inView = false;
    const check = () => {
      if (inView && !document.hidden) seen();
    };
    const observer = new IntersectionObserver((entries) => {
      inView = entries.at(-1)?.isIntersecting === true;
      check();
    });
    observer.observe(node);
    document.addEventListener('visibilitychange', check);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', check);
    };
  };
}
