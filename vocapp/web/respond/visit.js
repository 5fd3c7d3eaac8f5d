/* Notes, once, that a person is at this page: a gesture on it, which no scanner of links makes. Nothing else is told. */
((gestures) => {
  const note = (event) => {
    if (!event.isTrusted) return;
    gestures.forEach((name) => removeEventListener(name, note, true));
    fetch(location.pathname + "/visit", { method: "POST", keepalive: true, credentials: "omit" });
  };
  gestures.forEach((name) => addEventListener(name, note, { capture: true, passive: true }));
})(["pointerdown", "pointermove", "touchstart", "wheel", "keydown"]);
