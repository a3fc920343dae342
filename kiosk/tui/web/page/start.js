"use strict";
// textual.js measures its letters once, when the page has loaded: they have to be here by then.
(() => {
  const open = window.onload;
  const body = document.body;
  const again = document.getElementById("again");
  again.addEventListener("click", () => window.location.reload());

  const watch = new MutationObserver(() => {
    if (body.classList.contains("-closed")) {
      watch.disconnect();
      document.getElementById("terminal").remove();
      again.focus();
    } else if (body.classList.contains("-first-byte")) {
      const keys = document.querySelector(".xterm-helper-textarea");
      if (document.activeElement === body) {
        keys.focus();
      }
    }
  });

  window.onload = async (event) => {
    if (body.dataset.mode !== "start") {
      return;
    }
    if (!document.createElement("canvas").getContext("webgl2")) {
      body.classList.add("-no-drawing");
      return;
    }
    const faces = ["18px 'Roboto Mono'", "bold 18px 'Roboto Mono'"];
    await Promise.all(faces.flatMap((face) => [document.fonts.load(face, "ộ"), document.fonts.load(face, "☎")]));
    watch.observe(body, { attributes: true, attributeFilter: ["class"] });
    document.getElementById("terminal").classList.add("textual-terminal");
    open(event);
  };
})();
