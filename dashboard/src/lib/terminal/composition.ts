/**
 * Text that an input method is still composing, and the field it is written in, start at the cursor. Near the right
 * edge they are moved to the left, and broken into lines, until they fit: what sticks out would shift the whole view.
 */
export function keepCompositionInside(host: HTMLElement, textarea: HTMLTextAreaElement): void {
  const view = host.querySelector<HTMLElement>('.composition-view');
  const screen = host.querySelector<HTMLElement>('.xterm-screen');
  if (view === null || screen === null) return;
  const setTo = (element: HTMLElement, property: string, value: string) => {
    if (element.style.getPropertyValue(property) !== value) element.style.setProperty(property, value);
  };
  const inside = () => {
    if (!view.classList.contains('active')) return;
    const box = host.parentElement ?? host;
    const width = Math.floor(
      Math.min(screen.clientWidth, box.scrollLeft + box.clientWidth - host.offsetLeft),
    );
    setTo(view, 'max-width', `${width}px`);
    setTo(view, 'white-space', 'pre-wrap');
    setTo(view, 'overflow-wrap', 'anywhere');
    setTo(view, 'width', 'max-content');
    setTo(view, 'height', 'auto');
    const left = Math.max(0, Math.min(Number.parseFloat(view.style.left) || 0, width - view.offsetWidth));
    setTo(view, 'left', `${left}px`);
    const top = Math.max(
      0,
      Math.min(Number.parseFloat(view.style.top) || 0, screen.clientHeight - view.offsetHeight),
    );
    setTo(view, 'top', `${top}px`);
    setTo(textarea, 'left', `${left}px`);
    setTo(textarea, 'top', `${top}px`);
    setTo(textarea, 'width', `${Math.min(width - left, Math.max(1, view.offsetWidth))}px`);
  };
  // xterm.js places both anew with each frame; this follows before anything is drawn.
  const observer = new MutationObserver(inside);
  for (const element of [view, textarea])
    observer.observe(element, { attributes: true, attributeFilter: ['style', 'class'] });
}
